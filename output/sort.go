package output

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// sortKey is a column to sort by.
type sortKey struct {
	Column
	descending bool
}

// parseSort parses Options.Sort.
func parseSort(s string, all []Column) ([]sortKey, error) {
	var keys []sortKey
	for name := range strings.SplitSeq(s, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		key, descending := strings.CutPrefix(name, "-")
		c, err := findColumn(all, key)
		if err != nil {
			return nil, err
		}
		keys = append(keys, sortKey{c, descending})
	}
	return keys, nil
}

// sortRows sorts rows by keys, most significant first.
func sortRows(rows []reflect.Value, keys []sortKey) {
	slices.SortStableFunc(rows, func(a, b reflect.Value) int {
		for i := range keys {
			if n := keys[i].compare(a, b); n != 0 {
				return n
			}
		}
		return 0
	})
}

func (k *sortKey) compare(a, b reflect.Value) int {
	if k.descending {
		a, b = b, a
	}
	x, xok := k.value(a)
	y, yok := k.value(b)
	if !xok || !yok {
		return cmp.Compare(boolToInt(xok), boolToInt(yok))
	}
	switch k.kind {
	case kindString:
		return strings.Compare(x.String(), y.String())
	case kindBool:
		return cmp.Compare(boolToInt(x.Bool()), boolToInt(y.Bool()))
	case kindInt:
		return cmp.Compare(x.Int(), y.Int())
	case kindUint:
		return cmp.Compare(x.Uint(), y.Uint())
	case kindFloat:
		return cmp.Compare(x.Float(), y.Float())
	case kindTime:
		return timeOf(x).Compare(timeOf(y))
	case kindStrings:
		return slices.Compare(stringsOf(x), stringsOf(y))
	default:
		return bytes.Compare(encode(x.Interface()), encode(y.Interface()))
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
