package modgearman

import (
	"math"
	"strconv"
	"strings"
)

// Metric is one value of a plugin's performance data, label=VALUE[UNIT];WARN;CRIT;MIN;MAX, with its parts verbatim.
type Metric struct {
	Label, Value, Unit   string
	Warn, Crit, Min, Max string
}

// ParsePerfdata parses performance data. Labels may be quoted, with quotes in them doubled. Words that are not metrics are
// skipped.
func ParsePerfdata(text string) []Metric {
	var list []Metric
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if text == "" {
			return list
		}
		label, rest, ok := cutLabel(text)
		if !ok {
			text = rest
			continue
		}
		end := strings.IndexAny(rest, " \t\r\n")
		if end < 0 {
			end = len(rest)
		}
		if m, ok := parseMetric(label, rest[:end]); ok {
			list = append(list, m)
		}
		text = rest[end:]
	}
}

// cutLabel splits text after the label and its =. If there is no label, rest is text without its first word.
func cutLabel(text string) (label, rest string, ok bool) {
	if text[0] != '\'' {
		i := strings.IndexAny(text, "= \t\r\n")
		if i <= 0 || text[i] != '=' {
			return "", skipWord(text), false
		}
		return text[:i], text[i+1:], true
	}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '\'':
		case i+1 < len(text) && text[i+1] == '\'':
			i++
		case i+1 < len(text) && text[i+1] == '=':
			return strings.ReplaceAll(text[1:i], "''", "'"), text[i+2:], true
		default:
			return "", skipWord(text[i:]), false
		}
	}
	return "", "", false
}

func skipWord(text string) string {
	if i := strings.IndexAny(text, " \t\r\n"); i >= 0 {
		return text[i:]
	}
	return ""
}

func parseMetric(label, text string) (Metric, bool) {
	part := strings.Split(text, ";")
	number := strings.TrimLeft(part[0], "+-")
	number = strings.TrimLeft(number, "0123456789.,")
	unit := number
	if e := strings.TrimLeft(unit, "eE"); len(unit)-len(e) == 1 && e != "" {
		if after := strings.TrimLeft(strings.TrimLeft(e, "+-"), "0123456789"); len(after) < len(e) {
			unit = after
		}
	}
	m := Metric{Label: label, Value: part[0][:len(part[0])-len(unit)], Unit: unit}
	for i, to := range []*string{&m.Warn, &m.Crit, &m.Min, &m.Max} {
		if i+1 < len(part) {
			*to = part[i+1]
		}
	}
	return m, m.Value != ""
}

// Number returns the value, or NaN if it is not a number.
func (m Metric) Number() float64 {
	n, err := strconv.ParseFloat(strings.Replace(m.Value, ",", ".", 1), 64)
	if err != nil {
		return math.NaN()
	}
	return n
}
