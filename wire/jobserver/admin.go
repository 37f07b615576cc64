package jobserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"gearctl/wire"
)

// maxWords limits the words of an admin line. gearmand closes the connection if there are more (B.1).
const maxWords = 5

var errTooManyWords = errors.New("admin line of too many words")

// The one-line answers, with gearmand's line ends (text.cc).
const (
	answerOK           = "OK\r\n"
	answerUnknownJob   = "ERR UNKNOWN_JOB\r\n"
	answerInternal     = "ERR UNKNOWN_ERROR\r\n"
	answerUnknownShow  = "ERR UNKNOWN_SHOW_ARGUMENTS\r\n"
	answerNoFunction   = "ERR function not found\r\n"
	answerFunctionUsed = "ERR there are still connected workers or executing clients\r\n"
	answerIncomplete   = "ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+%s\r\n"
	answerUnknown      = "ERR UNKNOWN_COMMAND Unknown+server+command%s\r\n"
)

// admin answers an admin command. An error ends the connection.
func (c *conn) admin(line []byte) error {
	words := splitWords(line)
	if len(words) > maxWords {
		return errTooManyWords
	}
	c.listing = c.srv.list(words)
	if c.listing != nil {
		c.out.beginList()
		return nil
	}
	c.sendText(c.srv.answer(words))
	return nil
}

// splitWords splits a line at runs of spaces, as gearmand does: leading spaces make an empty first word, trailing spaces an
// empty last one. A NUL byte ends its word.
func splitWords(line []byte) []string {
	var words []string
	for {
		word, rest, more := strings.Cut(string(line), " ")
		word, _, _ = strings.Cut(word, "\x00")
		words = append(words, word)
		if !more {
			return words
		}
		line = []byte(strings.TrimLeft(rest, " "))
	}
}

// answer returns the answer to an admin command other than a list. words[0] is the command, in any case.
func (s *Server) answer(words []string) []byte {
	switch command := strings.ToLower(words[0]); {
	case command == "cancel" && len(words) >= 3:
		return []byte(s.cancel(words))
	case command == "show" && len(words) >= 2:
		return []byte(answerUnknownShow)
	case command == "create":
		return []byte(s.create(words))
	case command == "drop":
		return []byte(s.drop(words))
	case command == "maxqueue":
		return []byte(s.maxQueue(words))
	case command == "getpid":
		return fmt.Appendf(nil, "OK %d\n", os.Getpid())
	case command == "verbose":
		return fmt.Appendf(nil, "OK %s\n", s.verbosity())
	case command == "version":
		return fmt.Appendf(nil, "OK %s\n", s.opts.Version)
	}
	return fmt.Appendf(nil, answerUnknown, words[0])
}

// verbosity returns gearmand's name for the log level.
func (s *Server) verbosity() string {
	for _, l := range []struct {
		level slog.Level
		name  string
	}{{slog.LevelDebug, "DEBUG"}, {slog.LevelInfo, "INFO"}, {slog.LevelWarn, "WARNING"}} {
		if s.opts.Log.Enabled(context.Background(), l.level) {
			return l.name
		}
	}
	return "ERROR"
}

// cancel marks a job as ignored and sends its clients WORK_FAIL. The job stays until its turn comes; a worker that runs it
// is not interrupted (B.5.4).
func (s *Server) cancel(words []string) string {
	if len(words) != 3 || !strings.EqualFold(words[1], "job") {
		return answerInternal
	}
	j := s.jobs.byHandle([]byte(words[2]))
	if j == nil {
		return answerUnknownJob
	}
	j.fail()
	j.ignore()
	return answerOK
}

// isFunction reports whether words are "COMMAND function NAME".
func isFunction(words []string) bool {
	return len(words) == 3 && strings.EqualFold(words[1], "function")
}

// create creates a function. gearmand drops the last byte of the name if the line ends in LF without CR (B.5.1).
func (s *Server) create(words []string) string {
	if !isFunction(words) {
		return fmt.Sprintf(answerIncomplete, words[0])
	}
	if s.full() {
		return answerInternal
	}
	s.functions.obtain([]byte(words[2]))
	return answerOK
}

// drop removes every function of that name, in any case, and answers a line for each. gearmand drops functions with
// waiting jobs and leaves the jobs dangling (B.5.3); this server refuses.
func (s *Server) drop(words []string) string {
	if !isFunction(words) {
		return fmt.Sprintf(answerIncomplete, words[0])
	}
	found := s.functions.matching(words[2])
	if len(found) == 0 {
		return answerNoFunction
	}
	var lines strings.Builder
	for _, f := range found {
		if !f.idle() {
			lines.WriteString(answerFunctionUsed)
			continue
		}
		s.functions.drop(f)
		lines.WriteString(answerOK)
	}
	return lines.String()
}

// maxQueue sets the limits of a function for high, normal and low priority. A single limit applies to all three; missing
// ones mean no limit. For an unknown function it answers OK and does nothing.
func (s *Server) maxQueue(words []string) string {
	if len(words) == 1 {
		return fmt.Sprintf(answerIncomplete, words[0])
	}
	var limits byPriority[uint32]
	for i, word := range words[2:] { // of at most three
		limits[int(wire.PriorityHigh)+i] = uint32(max(leadingInt([]byte(word)), 0))
	}
	if len(words) <= 3 {
		limits[wire.PriorityNormal], limits[wire.PriorityLow] = limits[wire.PriorityHigh], limits[wire.PriorityHigh]
	}
	if f := s.functions.byName[words[1]]; f != nil {
		f.limits = limits
	}
	return answerOK
}
