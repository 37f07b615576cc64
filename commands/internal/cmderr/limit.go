package cmderr

import (
	"errors"

	"gearctl/output"
	"gearctl/wire"
)

// LimitHint names the flag that raises the limit exceeded in err; "" if err is not about a limit.
func LimitHint(err error) string {
	var limit *wire.LimitError
	var many *output.TooManyRowsError
	switch {
	case errors.As(err, &limit) && limit.Limit == wire.LimitAnswer:
		return "if you trust the server, raise the limit with --max-answer SIZE"
	case errors.As(err, &limit):
		return "if you trust the server, raise the limit with --max-rows N: rows are kept in memory"
	case errors.As(err, &many) && many.Sorting:
		return "leave out --sort, or raise the limit with --max-rows N: rows to sort are kept in memory"
	case errors.As(err, &many):
		return "use -o csv, which prints rows as they come, or raise the limit with --max-rows N"
	}
	return ""
}

// InBrackets returns text in brackets, ready to append to a message; "" stays "".
func InBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
