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

// routesFile is the content of a --routes file.
type routesFile struct {
	Routes      []routeSpec            `yaml:"routes"`
	Servers     map[string]*serverSpec `yaml:"servers"`
	Spool       string                 `yaml:"spool"`
	SpoolMax    string                 `yaml:"spool_max"`
	StatusQueue string                 `yaml:"status_queue"`

	path string
	root *yaml.Node // for the positions of keys
}

// stringList is written as a string or a list of strings.
type stringList []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (m *stringList) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]string)(m))
	}
	var one string
	if err := n.Decode(&one); err != nil {
		return err
	}
	*m = stringList{one}
	return nil
}

// readRoutesFile reads a file of routes. Relative paths in it are relative to its directory.
func readRoutesFile(path string) (*routesFile, error) {
	b, err := disk.ReadInput(path, input.MaxRuleFile)
	if err != nil {
		return nil, cmderr.Usagef("--routes: %v", err)
	}
	return parseRoutesFile(path, b)
}

// parseRoutesFile parses the content of the file at path.
func parseRoutesFile(path string, b []byte) (*routesFile, error) {
	f := &routesFile{path: path, root: &yaml.Node{}}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	switch err := d.Decode(f); {
	case errors.Is(err, io.EOF):
		return nil, cmderr.Usagef("%s: it is empty", path)
	case err != nil:
		return nil, f.yamlError(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, cmderr.Usagef("%s: it holds more than one document", path)
	}
	if err := yaml.Unmarshal(b, f.root); err != nil {
		return nil, f.yamlError(err)
	}
	dir := filepath.Dir(path)
	f.Spool = resolvePath(dir, f.Spool)
	for i := range f.Routes {
		r := &f.Routes[i]
		r.EncryptKeyFile = resolvePath(dir, r.EncryptKeyFile)
		for n, name := range r.DecryptKeyFile {
			r.DecryptKeyFile[n] = resolvePath(dir, name)
		}
		r.position = func(key string) string { return f.position("routes", i, key) }
	}
	for name, server := range f.Servers {
		if server == nil {
			server = &serverSpec{}
			f.Servers[name] = server
		}
		server.resolvePaths(dir)
		server.position = func(key string) string {
			if key == "" {
				return f.position("servers", name)
			}
			return f.position("servers", name, key)
		}
	}
	return f, nil
}

// resolvePath makes a path relative to dir.
func resolvePath(dir, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// yamlError rewrites an error of the parser without names of Go types.
func (f *routesFile) yamlError(err error) error {
	text := err.Error()
	var typed *yaml.TypeError
	if errors.As(err, &typed) && len(typed.Errors) > 0 {
		text = typed.Errors[0]
	}
	unknownKey := regexp.MustCompile(`line (\d+): field (.+) not found in type .*`)
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		e := cmderr.Usagef("%s:%s: unknown key %.60q", f.path, m[1], m[2])
		if near := cmderr.Closest(m[2], routesFileKeys()); near != "" {
			return e.Hint("did you mean %s?", near)
		}
		return e.Hint("there are %s", strings.Join(routesFileKeys(), ", "))
	}
	yamlGoType := regexp.MustCompile(`cannot unmarshal .* into (?:map\[|\*?proxy\.).*`)
	text = yamlGoType.ReplaceAllString(text, "must be keys with their values")
	lineNumber := regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	if m := lineNumber.FindStringSubmatch(text); m != nil {
		return cmderr.Usagef("%s:%s: %s", f.path, m[1], strings.TrimPrefix(text, m[0]))
	}
	return cmderr.Usagef("%s: %s", f.path, strings.TrimPrefix(text, "yaml: "))
}

// routesFileKeys are the keys of a file, of its routes and of its servers.
func routesFileKeys() (keys []string) {
	for _, t := range []reflect.Type{reflect.TypeFor[routesFile](), reflect.TypeFor[routeSpec](), reflect.TypeFor[serverSpec]()} {
		for i := range t.NumField() {
			if key := t.Field(i).Tag.Get("yaml"); key != "" {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// position returns file, line and name of the key at path; if it is missing, the line of what should contain it.
func (f *routesFile) position(path ...any) string {
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
