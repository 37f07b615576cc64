package doctor

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// argument is a word of the command line that starts a service, and the file that says it.
type argument struct{ text, file string }

// optionOfServices returns the values that an option has on the command lines of those services that are installed; bare
// says that one of them has none.
func (d *inspection) optionOfServices(services []string, option string) (values []argument, bare bool) {
	for _, name := range services {
		i, ok := d.findService(name)
		if !ok {
			continue
		}
		found := optionValues(d.commandLine(i), option)
		values, bare = append(values, found...), bare || len(found) == 0
	}
	return values, bare
}

// optionValues returns what stands behind an option, in the same word or in the next. What is no whole path, because it
// holds what only a shell or systemd can tell, is left out.
func optionValues(words []argument, option string) (values []argument) {
	for i, w := range words {
		value, ok := strings.CutPrefix(w.text, option+"=")
		if !ok && w.text == option && i+1 < len(words) {
			value, ok = words[i+1].text, true
		}
		if ok && path.IsAbs(value) && !strings.ContainsAny(value, "$`()*%") {
			values = append(values, argument{value, w.file})
		}
	}
	return values
}

// commandLine returns the words of the command line of a service, as far as they can be told without running it.
func (d *inspection) commandLine(i service) []argument {
	if i.unit {
		return unitArgs(d.root, i)
	}
	return scriptArgs(d.root, i)
}

// unitArgs reads ExecStart, with the variables of Environment and EnvironmentFile, of which the files count.
func unitArgs(t rootFS, i service) []argument {
	settings := i.settings(t)
	vars := map[string]argument{}
	for _, s := range settings {
		if s.key == "Environment" {
			for word := range strings.FieldsSeq(unquote(s.value)) {
				addVariables(vars, word, s.file)
			}
		}
	}
	var words []argument
	for _, s := range settings {
		switch {
		case s.key == "EnvironmentFile":
			file := strings.TrimPrefix(s.value, "-")
			addVariables(vars, t.text(file), file)
		case s.key == "ExecStart" && s.value == "":
			words = nil // those before do not count
		case s.key == "ExecStart":
			words = append(words, argument{unquote(s.value), s.file})
		}
	}
	return expand(words, vars)
}

// scriptArgs reads the lines of an init script, with its variables and those of its file in /etc/sysconfig or
// /etc/default, which count.
func scriptArgs(t rootFS, i service) []argument {
	vars := map[string]argument{}
	rest := addVariables(vars, t.text(i.path), i.path)
	for _, file := range i.variableFiles() {
		addVariables(vars, t.text(file), file)
	}
	words := []argument{{unquote(rest), i.path}}
	for _, v := range vars {
		words = append(words, v) // a script may use it where we cannot see
	}
	words = expand(words, vars)
	slices.SortStableFunc(words, func(a, b argument) int { return strings.Compare(a.file, b.file) })
	return words
}

// variableFiles are where the variables of an init script stand besides.
func (i service) variableFiles() []string {
	return []string{"/etc/sysconfig/" + i.name, "/etc/default/" + i.name}
}

var assignment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)
})

// addVariables reads lines NAME=VALUE and returns the others, without comments.
func addVariables(vars map[string]argument, text, file string) (rest string) {
	var b strings.Builder
	for line := range strings.Lines(joinLines(text)) {
		line = strings.TrimSpace(line)
		if m := assignment().FindStringSubmatch(line); m != nil {
			vars[m[1]] = argument{selfDefault(m[1], strings.TrimSpace(unquote(m[2]))), file}
		} else if !strings.HasPrefix(line, "#") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// selfDefault is the default in NAME=${NAME:-DEFAULT}: what else gives the variable a value is read as well.
func selfDefault(name, value string) string {
	if m := variable().FindStringSubmatch(value); m != nil && m[0] == value && m[2] == name {
		return m[3]
	}
	return value
}

// joinLines is a text whose lines that end with a backslash are one with the next.
func joinLines(text string) string { return strings.ReplaceAll(text, "\\\n", " ") }

// unquote is a text whose quotes are blanks: no path that is looked for holds one.
func unquote(text string) string { return strings.NewReplacer(`"`, " ", `'`, " ").Replace(text) }

// variable is $NAME, ${NAME} or ${NAME:-DEFAULT}.
var variable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})`)
})

// maxExpansions bounds variables in variables.
const maxExpansions = 5

// expand returns the single words of texts, with the values of variables. What a variable gives stands in its file.
func expand(texts []argument, vars map[string]argument) []argument {
	var words []argument
	for _, t := range texts {
		for word := range strings.FieldsSeq(t.text) {
			words = append(words, argument{word, t.file})
		}
	}
	for range maxExpansions {
		if !slices.ContainsFunc(words, func(w argument) bool { return variable().MatchString(w.text) }) {
			break
		}
		var next []argument
		for _, w := range words {
			next = append(next, expandOnce(w, vars)...)
		}
		words = next
	}
	return words
}

func expandOnce(w argument, vars map[string]argument) (words []argument) {
	text := variable().ReplaceAllStringFunc(w.text, func(s string) string {
		m := variable().FindStringSubmatch(s)
		v, ok := vars[m[1]+m[2]]
		if !ok {
			return m[3]
		}
		w.file = v.file
		return v.text
	})
	for word := range strings.FieldsSeq(text) {
		words = append(words, argument{word, w.file})
	}
	return words
}
