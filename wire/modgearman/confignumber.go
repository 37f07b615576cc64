package modgearman

import (
	"math"
	"strconv"
	"strings"
	"sync"
)

// numberRange is what the programs of a dialect accept of a number. Outside of it they use instead.
type numberRange struct{ low, high, instead int }

// rangesC are the limits of parse_args_line in common/utils.c, rangesGo those of the Go worker. Other numbers have none.
var (
	rangesC = sync.OnceValue(func() map[string]numberRange {
		return map[string]numberRange{
			"debug":              {0, math.MaxInt32, 0},
			"log_stats_interval": {0, math.MaxInt32, 0},
			"result_workers":     {0, math.MaxInt32, 0},
			"timeout":            {0, math.MaxInt32, 10},
			"job_timeout":        {1, math.MaxInt32, 1},
			"min-worker":         {1, math.MaxInt32, 1},
			"max-worker":         {1, math.MaxInt32, 1},
			"max-age":            {0, math.MaxInt32, 0},
			"idle-timeout":       {0, math.MaxInt32, 10},
			"max-jobs":           {0, math.MaxInt32, 1000},
			"spawn-rate":         {0, math.MaxInt32, 1},
			"timeout_return":     {0, 3, 2},
			"orphan_return":      {0, 3, 2},
			"perfdata_mode":      {0, 2, 1},
		}
	})
	rangesGo = sync.OnceValue(func() map[string]numberRange {
		return map[string]numberRange{
			"debug":       {math.MinInt, 3, 3},
			"job_timeout": {1, math.MaxInt, 60},
		}
	})
)

// clamp returns the number that the programs of a dialect use for n.
func clamp(option string, d Dialect, n int) int {
	ranges := rangesC()
	if d == DialectGo {
		ranges = rangesGo()
	}
	if r, ok := ranges[option]; ok && (n < r.low || n > r.high) {
		return r.instead
	}
	return n
}

// int returns the number that the programs of a dialect use.
func (c *Config) int(option string, d Dialect) int { return intOf(option, c.text(option, d), d) }

func intOf(option, text string, d Dialect) int {
	if d == DialectC {
		return clamp(option, d, atoi(text))
	}
	return clamp(option, d, getInt(text))
}

// numberOf returns a number of a line as the programs of a dialect use it.
func numberOf(o Option, text string, d Dialect) string {
	switch {
	case o.Name == "mem_limit":
		return strconv.FormatUint(unsignedGo(getFloat(text)), 10)
	case o.Type == TypeInt || o.Name == "timeout" && d == DialectC:
		return strconv.Itoa(intOf(o.Name, text, d))
	case d == DialectGo:
		return strconv.FormatFloat(getFloat(text), 'f', -1, 64)
	}
	x := atof(text)
	if x <= 0 && strings.HasPrefix(o.Name, "load_limit") { // not a NaN
		x = 0
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
