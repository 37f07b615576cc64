package output

import (
	"maps"
	"slices"
	"unicode/utf8"
)

// appendAny appends the JSON of a template value: a cell, or a row's map of cells. A string that is not UTF-8 becomes
// {"base64":"…"} on its own, and the key KEY_base64 in a row.
func appendAny(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		if utf8.ValidString(v) {
			return appendString(dst, v)
		}
		return append(appendBase64(append(dst, `{"base64":`...), v), '}')
	case []string:
		return appendItems(dst, v)
	case map[string]any:
		return appendMap(dst, v)
	case float64:
		return appendFloat(dst, v)
	default:
		return append(dst, encode(v)...)
	}
}

func appendItems(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendAny(dst, s)
	}
	return append(dst, ']')
}

// appendMap appends the values of a row, sorted by key.
func appendMap(dst []byte, row map[string]any) []byte {
	dst = append(dst, '{')
	for i, key := range slices.Sorted(maps.Keys(row)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		s, isString := row[key].(string)
		if isString && !utf8.ValidString(s) {
			dst = appendBase64(append(appendString(dst, key+"_base64"), ':'), s)
			continue
		}
		dst = appendAny(append(appendString(dst, key), ':'), row[key])
	}
	return append(dst, '}')
}
