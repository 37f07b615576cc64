package contexts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"gearctl/commands/internal/shell"
	"gearctl/wire/disk"
)

// Parse reads the text of a file. Its errors are *Problem, joined, in the order of their lines. home is what ~ means.
func Parse(file, home string, text []byte) ([]*Context, error) {
	d := &decoder{file: file, home: home}
	contexts := d.document(text)
	if len(d.problems) == 0 {
		return contexts, nil
	}
	slices.SortStableFunc(d.problems, func(a, b *Problem) int { return a.Line - b.Line })
	errs := make([]error, 0, len(d.problems))
	for i, p := range d.problems {
		if i == maxProblems {
			errs = append(errs, &Problem{File: file, Text: fmt.Sprintf("and %d more problems", len(d.problems)-i)})
			break
		}
		errs = append(errs, p)
	}
	return nil, errors.Join(errs...)
}

// maxProblems is how many problems of a file are reported: a file of another kind has one in every line.
const maxProblems = 10

func (d *decoder) document(text []byte) (list []*Context) {
	root := new(yaml.Node)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	switch err := decoder.Decode(root); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		d.syntax(err)
		return nil
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		d.fail(root, "more than one document, or a syntax error after the first")
		return nil
	}
	if n := alias(root); n != nil {
		d.fail(n, "anchors and aliases are not supported")
		return nil
	}
	read := func(n *yaml.Node) {
		if n.Tag == "!!null" {
			return
		}
		d.pairs(n, "contexts", func(key, value *yaml.Node) {
			if len(list) == maxContexts {
				d.fail(key, "more than %d contexts", maxContexts)
				return
			}
			list = append(list, d.context(key, value))
		})
	}
	d.mapping(root.Content[0], "the file", field{"contexts", read})
	return list
}

// syntax turns the parser's "yaml: line 3: text" into a problem.
func (d *decoder) syntax(err error) {
	p := &Problem{File: d.file, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	if _, scan := fmt.Sscanf(p.Text, "line %d:", &p.Line); scan == nil {
		_, p.Text, _ = strings.Cut(p.Text, ": ")
	}
	d.problems = append(d.problems, p)
}

// alias returns a node of n that is or has an alias, or nil.
func alias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return n
	}
	for _, c := range n.Content {
		if found := alias(c); found != nil {
			return found
		}
	}
	return nil
}

// Read returns the text of a file that only this user and root can write.
func Read(file string) ([]byte, error) {
	in, err := disk.OpenInput(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if err := checkOwner(file, in.Stat()); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if len(text) > maxFile {
		return nil, &Problem{File: file, Text: fmt.Sprintf("longer than %d bytes", maxFile)}
	}
	return text, err
}

// checkOwner refuses a file that others may change. The text names the command that mends it.
func checkOwner(file string, info fs.FileInfo) error {
	path := shell.QuotePrintable(file)
	uid, known := disk.Owner(info)
	switch mode := info.Mode(); {
	case known && uid != 0 && uid != os.Geteuid():
		return &Problem{File: file, Text: fmt.Sprintf("belongs to user %d, who could change it; fix: chown %d %s", uid, os.Geteuid(), path)}
	case mode.IsRegular() && mode&0o022 != 0:
		return &Problem{File: file, Text: fmt.Sprintf("others may write to it (mode %04o); fix: chmod go-w %s", mode.Perm(), path)}
	}
	return nil
}
