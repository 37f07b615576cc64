package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const module = "gearctl"

// A source is a parsed and type-checked package.
type source struct {
	path  string // relative to the module
	dir   string
	fset  *token.FileSet
	files []*ast.File
	names []string // of the files, absolute
	texts [][]byte
	info  *types.Info
	pkg   *types.Package
	deps  types.Importer
}

// load type-checks packages of the module, given relative to it.
func load(paths []string) ([]*source, error) {
	var names []string
	for _, p := range paths {
		names = append(names, module+"/"+p)
	}
	packages, err := list(names)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	deps := importExports(fset, packages)
	var sources []*source
	for _, path := range paths {
		p, ok := packages[module+"/"+path]
		if !ok {
			return nil, fmt.Errorf("no package %s", path)
		}
		s := &source{path: path, dir: p.Dir, fset: fset, deps: deps}
		for _, name := range p.GoFiles {
			s.names = append(s.names, filepath.Join(p.Dir, name))
		}
		if err := s.parse(); err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// listed is a package as go list describes it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// list describes packages, what they import, and what runtimeText imports.
func list(names []string) (map[string]listed, error) {
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export", "os", "strconv", "strings", "sync"}, names...)
	out, err := output(exec.Command("go", args...))
	if err != nil {
		return nil, err
	}
	packages := map[string]listed{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages[p.ImportPath] = p
	}
}

// importExports returns an importer of compiled packages.
func importExports(fset *token.FileSet, packages map[string]listed) types.Importer {
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(packages[path].Export) })
}

func (s *source) parse() error {
	for _, name := range s.names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(s.fset, name, text, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		s.texts, s.files = append(s.texts, text), append(s.files, f)
	}
	return s.check()
}

func (s *source) check() error {
	s.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	pkg, err := (&types.Config{Importer: s.deps}).Check(module+"/"+s.path, s.fset, s.files, s.info)
	s.pkg = pkg
	return err
}

// output runs a command and returns what it prints, or an error with what it complains about.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	return stdout.Bytes(), nil
}
