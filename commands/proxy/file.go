package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/input"
	"gearctl/wire/disk"
)

// proxyFile is a file of --routes.
type proxyFile struct {
	Routes      []routeSpec            `yaml:"routes"`
	Servers     map[string]*serverSpec `yaml:"servers"`
	Spool       string                 `yaml:"spool"`
	SpoolMax    string                 `yaml:"spool_max"`
	StatusQueue string                 `yaml:"status_queue"`

	path string
	root *yaml.Node // for the places of keys
}

// oneMany is a word or a list of words.
type oneMany []string

// UnmarshalYAML reads either.
func (m *oneMany) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]string)(m))
	}
	var one string
	if err := n.Decode(&one); err != nil {
		return err
	}
	*m = oneMany{one}
	return nil
}

// readProxyFile reads a file of routes. Names of files in it that are relative are meant from where it is.
func readProxyFile(path string) (*proxyFile, error) {
	b, err := disk.ReadInput(path, input.MaxRuleFile)
	if err != nil {
		return nil, cmderr.Usagef("--routes: %v", err)
	}
	return parseProxyFile(path, b)
}

// parseProxyFile reads what a file of that name holds.
func parseProxyFile(path string, b []byte) (*proxyFile, error) {
	f := &proxyFile{path: path, root: &yaml.Node{}}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	switch err := d.Decode(f); {
	case errors.Is(err, io.EOF):
		return nil, cmderr.Usagef("%s: it is empty", path)
	case err != nil:
		return nil, f.badYAML(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, cmderr.Usagef("%s: it holds more than one document", path)
	}
	if err := yaml.Unmarshal(b, f.root); err != nil {
		return nil, f.badYAML(err)
	}
	dir := filepath.Dir(path)
	f.Spool = fromDir(dir, f.Spool)
	for i := range f.Routes {
		r := &f.Routes[i]
		r.EncryptKeyFile = fromDir(dir, r.EncryptKeyFile)
		for n, name := range r.DecryptKeyFile {
			r.DecryptKeyFile[n] = fromDir(dir, name)
		}
		r.where = func(key string) string { return f.place("routes", i, key) }
	}
	for name, server := range f.Servers {
		if server == nil {
			server = &serverSpec{}
			f.Servers[name] = server
		}
		server.from(dir)
		server.where = func(key string) string {
			if key == "" {
				return f.place("servers", name)
			}
			return f.place("servers", name, key)
		}
	}
	return f, nil
}

// fromDir makes a relative name one that is meant from dir.
func fromDir(dir, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// badYAML says what the parser found in words of ours.
func (f *proxyFile) badYAML(err error) error {
	text := err.Error()
	var typed *yaml.TypeError
	if errors.As(err, &typed) && len(typed.Errors) > 0 {
		text = typed.Errors[0]
	}
	unknownKey := regexp.MustCompile(`line (\d+): field (.+) not found in type .*`)
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		e := cmderr.Usagef("%s:%s: unknown key %.60q", f.path, m[1], m[2])
		if near := cmderr.Closest(m[2], proxyFileKeys()); near != "" {
			return e.Hint("did you mean %s?", near)
		}
		return e.Hint("there are %s", strings.Join(proxyFileKeys(), ", "))
	}
	notOurKeys := regexp.MustCompile(`cannot unmarshal .* into (?:map\[|\*?proxy\.).*`)
	text = notOurKeys.ReplaceAllString(text, "must be keys with their values")
	lineNumber := regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	if m := lineNumber.FindStringSubmatch(text); m != nil {
		return cmderr.Usagef("%s:%s: %s", f.path, m[1], strings.TrimPrefix(text, m[0]))
	}
	return cmderr.Usagef("%s: %s", f.path, strings.TrimPrefix(text, "yaml: "))
}

// proxyFileKeys are the keys of a file, of its routes and of its servers.
func proxyFileKeys() (keys []string) {
	for _, t := range []reflect.Type{reflect.TypeFor[proxyFile](), reflect.TypeFor[routeSpec](), reflect.TypeFor[serverSpec]()} {
		for i := range t.NumField() {
			if key := t.Field(i).Tag.Get("yaml"); key != "" {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// place names the line of a key, or of what should have it, by the path that leads there.
func (f *proxyFile) place(path ...any) string {
	n, line, key := f.root, 0, ""
	if len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, step := range path {
		next, at := child(n, step)
		if s, ok := step.(string); ok {
			key = s
		}
		if at == 0 {
			break
		}
		n, line = next, at
	}
	return fmt.Sprintf("%s:%d: %s", f.path, line, key)
}

// child returns the value of a key or an element, and its line, 0 when there is none.
func child(n *yaml.Node, step any) (*yaml.Node, int) {
	switch s := step.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && s < len(n.Content) {
			return n.Content[s], n.Content[s].Line
		}
	case string:
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == s {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	}
	return nil, 0
}
