package completions_test

import (
	"strings"
	"unicode/utf8"
)

// hardQueues are names that a shell must quote, each told from the others by its first two characters.
var hardQueues = []string{
	"my queue of jobs", "it's late", `say "hi" now`, "host:web:80", "hx:a b:c", "cash$HOME", `back\slash`, "tick`date`",
	"hey!x", "semi;amp&pipe|x", "st*r[x]?", "paren(x){a,b}", "~tilde y", "#hash", "=eq", "a=b c", "at@host", "%pc^x",
	"<lt>", "'q'", `"dq`, "!b", "end's'", `dq"d"`, "x!", `tail\`, "ümlaut straße", "q ", "$'y\\n'", "--dash",
}

// quoting is a way in which a user may have typed the beginning of a word.
type quoting struct {
	name  string
	quote func(text string) string
	able  func(text string) bool // nil: it can write any text
}

func backslashed(special string) quoting {
	return quoting{name: "bare", quote: func(text string) string {
		var b strings.Builder
		for i, r := range text {
			if strings.ContainsRune(special, r) || i == 0 && strings.ContainsRune("~#=%", r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
		return b.String()
	}}
}

func openQuote(name, quote string, escapes ...string) quoting {
	r := strings.NewReplacer(escapes...)
	return quoting{name: name, quote: func(text string) string { return quote + r.Replace(text) }}
}

// cuts returns the beginnings of a name that are worth a TAB: two characters, up to each special one, all of it.
func cuts(name string) []string {
	var list []string
	for i, r := range name {
		end := i + utf8.RuneLen(r)
		if utf8.RuneCountInString(name[:end]) < 2 {
			continue
		}
		if len(list) == 0 || end == len(name) || !('a' <= r && r <= 'z') {
			list = append(list, name[:end])
		}
	}
	return append(list, name)[:max(len(list), 1)]
}

// noBang is for double quotes, in which bash and zsh expand ! and have no way to quote it.
func noBang(text string) bool { return !strings.Contains(text, "!") }
