// Package gearmand reads the gearmands of a host: those that run, with their command lines, sockets and limits, those that
// its services start, and the stores in which they keep jobs.
package gearmand

import (
	"regexp"
	"slices"
	"strings"

	"gearctl/commands/internal/host"
)

// Option is an option of gearmand as it is given, by its long name without dashes. File is the file that gives it, empty
// for a process.
type Option struct{ Name, Value, File string }

// Options are the options of a gearmand. The first of a name counts, as in gearmand, which reads its configuration file
// after its command line.
type Options []Option

// DefaultConfig is the configuration file that gearmand reads unless --config-file names another.
const DefaultConfig = "/etc/gearmand.conf"

// The options of gearmand 1.1.20 and 2.0.0.
const (
	valueOptions = `backlog file-descriptors job-retries job-handle-prefix hashtable-buckets keepalive-idle keepalive-interval
		keepalive-count log-file listen pid-file protocol queue-type config-file threads user verbose worker-wakeup http-port port
		ssl-ca-file ssl-certificate ssl-key libmemcached-servers libmemcached-prefix libsqlite3-db libsqlite3-table libpq-conninfo
		libpq-table redis-server redis-port redis-password redis-prefix mysql-host mysql-port mysql-user mysql-password mysql-db
		mysql-table`
	switchOptions = `daemon exceptions help keepalive round-robin syslog coredump version ssl store-queue-on-shutdown`
)

// shortOptions are the letters of options.
func shortOptions() map[byte]string {
	return map[byte]string{
		'b': "backlog", 'd': "daemon", 'f': "file-descriptors", 'h': "help", 'j': "job-retries", 'l': "log-file", 'L': "listen",
		'P': "pid-file", 'r': "protocol", 'R': "round-robin", 'q': "queue-type", 't': "threads", 'u': "user", 'V': "version",
		'p': "port", 'w': "worker-wakeup",
	}
}

func isSwitch(name string) bool { return hasWord(switchOptions, name) }

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

// longName returns the option that a long name means: gearmand accepts beginnings of names that mean one option.
func longName(name string) string {
	found := ""
	for option := range strings.FieldsSeq(valueOptions + " " + switchOptions) {
		switch {
		case option == name:
			return name
		case strings.HasPrefix(option, name) && found == "":
			found = option
		case strings.HasPrefix(option, name):
			return name
		}
	}
	if found == "" {
		return name
	}
	return found
}

// parseOptions reads the words of a command line. Other words, such as the program's own, are left out.
func parseOptions(words []host.Argument) (options Options) {
	shorts := shortOptions()
	for i := 0; i < len(words); i++ {
		w := words[i]
		next := func() string {
			if i+1 == len(words) {
				return ""
			}
			i++
			return words[i].Text
		}
		if name, ok := strings.CutPrefix(w.Text, "--"); ok && name != "" {
			name, value, given := strings.Cut(name, "=")
			name = longName(name)
			if !given && !isSwitch(name) {
				value = next()
			}
			options = append(options, Option{name, value, w.File})
			continue
		}
		letters, ok := strings.CutPrefix(w.Text, "-")
		for ok && letters != "" {
			name := shorts[letters[0]]
			letters = letters[1:]
			if name == "" {
				break
			}
			value := ""
			if !isSwitch(name) {
				if value = strings.TrimPrefix(letters, "="); letters == "" {
					value = next()
				}
				letters = ""
			}
			options = append(options, Option{name, value, w.File})
		}
	}
	return options
}

// Get returns the option of a name, and whether it is given.
func (o Options) Get(name string) (Option, bool) {
	for _, option := range o {
		if option.Name == name {
			return option, true
		}
	}
	return Option{}, false
}

// Value returns the value of an option, or def if it is not given.
func (o Options) Value(name, def string) string {
	if option, ok := o.Get(name); ok {
		return option.Value
	}
	return def
}

// withConfig adds the options of the configuration file.
func (o Options) withConfig(t host.Root) Options {
	file := o.Value("config-file", DefaultConfig)
	return append(o, parseOptions(configWords(t.Text(file), file))...)
}

// InComments returns the options of the configuration file that are meant as comments, and which gearmand obeys.
func (o Options) InComments(t host.Root) (options Options) {
	file := o.Value("config-file", DefaultConfig)
	for line := range strings.Lines(t.Text(file)) {
		if _, comment, ok := strings.Cut(" "+line, " #"); ok {
			options = append(options, parseOptions(configWords(comment, file))...)
		}
	}
	return slices.DeleteFunc(options, func(option Option) bool { return !hasWord(valueOptions+" "+switchOptions, option.Name) })
}

// configWords splits a configuration file as gearmand 1.1.20 does, at blanks and line ends: it knows neither quotes nor comments, but
// an option right behind a # is none.
func configWords(text, file string) (words []host.Argument) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\r' || r == '\n' }) {
		words = append(words, host.Argument{Text: word, File: file})
	}
	return words
}

// Port returns the port of the Gearman protocol.
func (o Options) Port() string { return o.Value("port", "4730") }

// Secret reports whether the option may hold a password.
func (o Option) Secret() bool {
	return strings.HasSuffix(o.Name, "-password") || o.Name == "libpq-conninfo"
}

// String is the option as it is written, without its value if that may hold a password.
func (o Option) String() string {
	if o.Value == "" || o.Secret() {
		return "--" + o.Name
	}
	return "--" + o.Name + "=" + o.Value
}

// compared reports whether the option decides what gearmand does with connections and jobs: the rest may differ between a
// process and the files that start it.
func (o Option) compared() bool {
	return hasWord(valueOptions+" "+switchOptions, o.Name) &&
		!hasWord("backlog config-file coredump daemon help log-file pid-file syslog user verbose version", o.Name)
}

// Pattern is an extended regular expression for the option as a file gives it.
func (o Option) Pattern() string {
	pattern := "--" + o.Name
	value := regexp.QuoteMeta(o.Value)
	value = strings.ReplaceAll(value, "/", `\/`)
	if o.Value != "" {
		pattern += "[= ]" + value
	}
	for letter, name := range shortOptions() {
		if name == o.Name && o.Value != "" {
			pattern += "|-" + string(letter) + "[= ]*" + value
		} else if name == o.Name {
			pattern += "|-" + string(letter)
		}
	}
	return pattern
}
