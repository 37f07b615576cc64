package jobserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// maxWords is the most words that an admin line may have: gearmand closes the connection at one more (B.1).
const maxWords = 5

var errTooManyWords = errors.New("admin line of too many words")

// The one-line answers of text.cc, with its line ends.
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

// admin answers a line of the admin protocol. An error ends the connection.
func (c *conn) admin(line []byte) error {
	words := splitWords(line)
	if len(words) > maxWords {
		return errTooManyWords
	}
	if c.listing = c.srv.list(words); c.listing != nil {
		c.out.beginList()
		return nil
	}
	c.sendText(c.srv.answer(words))
	return nil
}

// splitWords splits a line at runs of blanks, as gearmand's parser does: blanks at the beginning make an empty first
// word, blanks at the end an empty last one. A NUL byte ends its word.
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

// answer returns the answer to an admin command that is no list; words[0] is the command, in any case.
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

// verbosity returns gearmand's name for what is logged.
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

// cancel marks a job as ignored and tells its clients that it failed. The job stays until its turn comes, and a worker
// that runs it carries on (B.5.4).
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

// isFunction reports whether the words are those of "COMMAND function NAME".
func isFunction(words []string) bool {
	return len(words) == 3 && strings.EqualFold(words[1], "function")
}

// create makes a function. gearmand cuts a byte off the name when the line ends in LF alone (B.5.1).
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

// drop removes every function of that name in any case, and answers one line for each. gearmand also drops one that
// has waiting jobs, which then haunt it (B.5.3); here that is refused.
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

// maxQueue sets the limits of a function: none means none, one is for all priorities, of two the third is none. A
// function that does not exist is neither made nor missed.
func (s *Server) maxQueue(words []string) string {
	if len(words) == 1 {
		return fmt.Sprintf(answerIncomplete, words[0])
	}
	var limits [priorities]uint32
	for p := range limits {
		if len(words) > p+2 {
			limits[p] = uint32(max(leadingInt([]byte(words[p+2])), 0))
		}
	}
	if len(words) <= 3 {
		limits[normal], limits[low] = limits[high], limits[high]
	}
	if f := s.functions.byName[words[1]]; f != nil {
		f.limits = limits
	}
	return answerOK
}
