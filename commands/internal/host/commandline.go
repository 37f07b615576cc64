package host

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Argument is a word of the command line that starts a service, and the file that contains it.
type Argument struct{ Text, File string }

// OptionValues returns the absolute paths given to an option, in the same word or in the next. Paths that only a shell or
// systemd can expand are left out.
func OptionValues(words []Argument, option string) (values []Argument) {
	for i, w := range words {
		value, ok := strings.CutPrefix(w.Text, option+"=")
		if !ok && w.Text == option && i+1 < len(words) {
			value, ok = words[i+1].Text, true
		}
		if ok && path.IsAbs(value) && !strings.ContainsAny(value, "$`()*%") {
			values = append(values, Argument{value, w.File})
		}
	}
	return values
}

// CommandLine returns the words of the command line of a service, as far as they are known without running it.
func (t Root) CommandLine(i Service) []Argument {
	if i.Unit {
		return unitArgs(t, i)
	}
	return ScriptArgs(t, i.Path, i.VariableFiles()...)
}

// ProgramArgs returns the words that a service passes to a program, and the variables of its script: the script may use them
// where it cannot be seen. Options of other commands in the script, such as those of test, rm and killproc, are left out.
func (t Root) ProgramArgs(i Service, program string) []Argument {
	if i.Unit {
		return unitArgs(t, i)
	}
	vars, rest := scriptVariables(t, i.Path, i.VariableFiles()...)
	var words []Argument
	for line := range strings.Lines(rest) {
		words = append(words, argsOf(program, expand([]Argument{{unquote(line), i.Path}}, vars))...)
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		words = append(words, expand([]Argument{vars[name]}, vars)...)
	}
	return words
}

// argsOf returns the words after a program in a line of a script, up to the end of its command.
func argsOf(program string, line []Argument) (args []Argument) {
	at := slices.IndexFunc(line, func(w Argument) bool { return path.Base(w.Text) == program })
	for _, w := range line[at+1:] {
		text, end := w.Text, strings.IndexAny(w.Text, ";&|<>)")
		switch {
		case at < 0 || end == 0:
			return args
		case end > 0:
			return append(args, Argument{text[:end], w.File})
		}
		args = append(args, w)
	}
	return args
}

// unitArgs reads ExecStart, with the variables of Environment and EnvironmentFile; files take precedence.
func unitArgs(t Root, i Service) []Argument {
	settings := i.Settings(t)
	vars := map[string]Argument{}
	for _, s := range settings {
		if s.Key == "Environment" {
			for word := range strings.FieldsSeq(unquote(s.Value)) {
				addVariables(vars, word, s.File)
			}
		}
	}
	var words []Argument
	for _, s := range settings {
		switch {
		case s.Key == "EnvironmentFile":
			file := strings.TrimPrefix(s.Value, "-")
			addVariables(vars, t.Text(file), file)
		case s.Key == "ExecStart" && s.Value == "":
			words = nil // an empty one resets the list
		case s.Key == "ExecStart":
			words = append(words, Argument{unquote(s.Value), s.File})
		}
	}
	return expand(words, vars)
}

// ScriptArgs reads the words and variables of a script or of a file of options, which count. Variables may also be set in
// other files.
func ScriptArgs(t Root, file string, variableFiles ...string) []Argument {
	vars, rest := scriptVariables(t, file, variableFiles...)
	words := append([]Argument{{unquote(rest), file}}, slices.Collect(maps.Values(vars))...)
	words = expand(words, vars)
	slices.SortStableFunc(words, func(a, b Argument) int { return strings.Compare(a.File, b.File) })
	return words
}

// scriptVariables returns the variables that a script and other files set, and the other lines of the script.
func scriptVariables(t Root, file string, others ...string) (vars map[string]Argument, rest string) {
	vars = map[string]Argument{}
	rest = addVariables(vars, t.Text(file), file)
	for _, other := range others {
		addVariables(vars, t.Text(other), other)
	}
	return vars, rest
}

// VariableFiles returns the files that set variables of an init script.
func (i Service) VariableFiles() []string {
	return []string{"/etc/sysconfig/" + i.Name, "/etc/default/" + i.Name}
}

var assignment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)
})

// addVariables adds lines NAME=VALUE to vars and returns the other lines, without comments.
func addVariables(vars map[string]Argument, text, file string) (rest string) {
	var b strings.Builder
	for line := range strings.Lines(joinLines(text)) {
		line = strings.TrimSpace(line)
		if m := assignment().FindStringSubmatch(line); m != nil {
			vars[m[1]] = Argument{selfDefault(m[1], strings.TrimSpace(unquote(m[2]))), file}
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
func expand(texts []Argument, vars map[string]Argument) []Argument {
	var words []Argument
	for _, t := range texts {
		for word := range strings.FieldsSeq(t.Text) {
			words = append(words, Argument{word, t.File})
		}
	}
	for range maxExpansions {
		if !slices.ContainsFunc(words, func(w Argument) bool { return variable().MatchString(w.Text) }) {
			break
		}
		var next []Argument
		for _, w := range words {
			next = append(next, expandOnce(w, vars)...)
		}
		words = next
	}
	return words
}

func expandOnce(w Argument, vars map[string]Argument) (words []Argument) {
	text := variable().ReplaceAllStringFunc(w.Text, func(s string) string {
		m := variable().FindStringSubmatch(s)
		v, ok := vars[m[1]+m[2]]
		if !ok {
			return m[3]
		}
		w.File = v.File
		return v.Text
	})
	for word := range strings.FieldsSeq(text) {
		words = append(words, Argument{word, w.File})
	}
	return words
}
