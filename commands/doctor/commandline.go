package doctor

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// argument is a word of the command line that starts a service, and the file that contains it.
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

// optionValues returns the absolute paths given to an option, in the same word or in the next. Paths that only a shell or
// systemd can expand are left out.
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

// commandLine returns the words of the command line of a service, as far as they are known without running it.
func (d *inspection) commandLine(i service) []argument {
	if i.unit {
		return unitArgs(d.root, i)
	}
	return scriptArgs(d.root, i.path, i.variableFiles()...)
}

// unitArgs reads ExecStart, with the variables of Environment and EnvironmentFile; files take precedence.
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
			words = nil // an empty one resets the list
		case s.key == "ExecStart":
			words = append(words, argument{unquote(s.value), s.file})
		}
	}
	return expand(words, vars)
}

// scriptArgs reads the words and variables of a script or of a file of options, which count. Variables may also be set in
// other files.
func scriptArgs(t rootFS, file string, variableFiles ...string) []argument {
	vars := map[string]argument{}
	rest := addVariables(vars, t.text(file), file)
	for _, other := range variableFiles {
		addVariables(vars, t.text(other), other)
	}
	words := []argument{{unquote(rest), file}}
	for _, v := range vars {
		words = append(words, v) // a script may use it where we cannot see
	}
	words = expand(words, vars)
	slices.SortStableFunc(words, func(a, b argument) int { return strings.Compare(a.file, b.file) })
	return words
}

// variableFiles returns the files that set variables of an init script.
func (i service) variableFiles() []string {
	return []string{"/etc/sysconfig/" + i.name, "/etc/default/" + i.name}
}

var assignment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)
})

// addVariables adds lines NAME=VALUE to vars and returns the other lines, without comments.
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

// selfDefault returns the default in NAME=${NAME:-DEFAULT}: other assignments are read as well.
func selfDefault(name, value string) string {
	if m := variable().FindStringSubmatch(value); m != nil && m[0] == value && m[2] == name {
		return m[3]
	}
	return value
}

// joinLines joins lines that end with a backslash with the next.
func joinLines(text string) string { return strings.ReplaceAll(text, "\\\n", " ") }

// unquote replaces quotes by blanks: no path of interest contains one.
func unquote(text string) string { return strings.NewReplacer(`"`, " ", `'`, " ").Replace(text) }

// variable is $NAME, ${NAME} or ${NAME:-DEFAULT}.
var variable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})`)
})

// maxExpansions bounds variables in variables.
const maxExpansions = 5

// expand splits texts into words and replaces variables. A word from a variable belongs to the file that sets it.
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
