package compat

import (
	"strconv"
	"strings"
)

// shortOption is an option as getopt finds it.
type shortOption struct {
	letter byte   // '?': unknown, or its value is missing
	value  string // of '?': the letter
	takes  bool   // it has a value
}

// getopt splits args as getopt of the C library does: grouped letters, values in the same word or in the next, options after
// words that are none, and -- as the end of options. spec has the letters, with a colon after those that take a value. A
// letter is the only thing that a long option is to it, so --help is -, h, e, l and p.
func getopt(spec string, args []string) (found []shortOption, words []string) {
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		switch {
		case word == "--":
			return found, append(words, args...)
		case len(word) < 2 || word[0] != '-':
			words = append(words, word)
			continue
		}
		for i := 1; i < len(word); i++ {
			at := strings.IndexByte(spec, word[i])
			switch {
			case at < 0 || word[i] == ':':
				found = append(found, shortOption{letter: '?', value: word[i : i+1]})
				continue
			case at+1 == len(spec) || spec[at+1] != ':':
				found = append(found, shortOption{letter: word[i]})
				continue
			case i+1 < len(word):
				found = append(found, shortOption{word[i], word[i+1:], true})
			case len(args) > 0:
				found = append(found, shortOption{word[i], args[0], true})
				args = args[1:]
			default:
				found = append(found, shortOption{letter: '?', value: word[i:]})
			}
			break
		}
	}
	return found, words
}

// atoi reads a number as atoi of the C library does, which has 0 for what is none: ok is false then.
func atoi(s string) (n int, ok bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	end := 0
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		end = 1
	}
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	return n, err == nil && strings.TrimSpace(s[end:]) == ""
}
