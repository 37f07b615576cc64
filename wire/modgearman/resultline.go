package modgearman

import (
	"errors"
	"fmt"
	"strings"
)

// LineError is an error in one line of an input.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// MaxOutput is the longest output that mod_gearman sends, in bytes.
const MaxOutput = 10 << 20

var (
	errFewFields  = errors.New("want host, service, return code and output, or host, return code and output")
	errReturnCode = errors.New("the return code is none of 0, 1, 2 and 3")
	errNoOutput   = errors.New("the output is missing")
	errNoHost     = errors.New("the host is missing")
)

// ParseResultLine parses an input line of send_gearman: host, service, return code and output, or host, return code and
// output, separated by delimiter, which may be several bytes. Unlike send_gearman, it does not merge delimiters: an empty
// field is an error, and the output may contain delimiters. If both forms are possible, it is a service result, as in
// send_gearman. In the output, \n is a newline and \\ a backslash. The line end is ignored. The error is a *LineError with
// line number n.
func ParseResultLine(line []byte, n int, delimiter string) (Result, error) {
	r, err := ParseRawResultLine(line, n, delimiter)
	r.Output = Unescape(r.Output)
	return r, err
}

// ParseRawResultLine is ParseResultLine for an output in which \ is a character like any other, as for send_gearman in C.
func ParseRawResultLine(line []byte, n int, delimiter string) (Result, error) {
	r, err := splitResult(strings.TrimRight(string(line), "\r\n"), delimiter)
	if err != nil {
		return Result{}, &LineError{n, err}
	}
	return r, nil
}

func splitResult(line, delimiter string) (Result, error) {
	if delimiter == "" {
		return Result{}, errors.New("the delimiter is empty")
	}
	if strings.IndexByte(line, 0) >= 0 {
		return Result{}, ErrNUL
	}
	part := strings.SplitN(line, delimiter, 4)
	if part[0] == "" {
		return Result{}, errNoHost
	}
	if len(part) < 3 {
		return Result{}, errFewFields
	}
	if code, ok := stateOf(part[2]); ok && len(part) == 4 {
		if part[1] == "" {
			return Result{}, errors.New("the service is empty")
		}
		return lineResult(part[0], part[1], code, part[3])
	}
	code, ok := stateOf(part[1])
	if !ok {
		if _, service := stateOf(part[2]); service {
			return Result{}, errNoOutput
		}
		return Result{}, errReturnCode
	}
	return lineResult(part[0], "", code, strings.Join(part[2:], delimiter))
}

func stateOf(field string) (int, bool) {
	field = strings.TrimSpace(field)
	if len(field) != 1 || field[0] < '0' || field[0] > '3' {
		return 0, false
	}
	return int(field[0] - '0'), true
}

func lineResult(host, service string, code int, output string) (Result, error) {
	if output == "" {
		return Result{}, errNoOutput
	}
	return Result{Passive: true, Host: host, Service: service, ReturnCode: code, Output: output}, nil
}
