package commands_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gearctl/commands"
)

var update = flag.Bool("update", false, "write docs/reference/commands")

// TestReference: the reference pages say what the command table says. With -update it writes them.
func TestReference(t *testing.T) {
	t.Parallel()
	dir := filepath.FromSlash("../docs/reference/commands")
	pages := commands.ReferencePages()
	if *update {
		writeReference(t, dir, pages)
	}
	for name, want := range pages {
		if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("docs/reference/commands/%s is not current: run make docs", name)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := pages[f.Name()]; !ok {
			t.Errorf("docs/reference/commands/%s is of no command: run make docs", f.Name())
		}
	}
}

func writeReference(t *testing.T, dir string, pages map[string]string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	markdownLink    = regexp.MustCompile(`\]\(([^)#: ]*)(?:#([^)]*))?\)`)
	markdownHeading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInAnchor     = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	sourcePath      = regexp.MustCompile("`((?:cmd|commands|wire|output|completions)/[a-z_/.]+)`")
)

// TestLinksOfTheDocs: every relative link of README and docs leads to a file, and to a heading where it names one. Every
// path of the sources that a page names exists.
func TestLinksOfTheDocs(t *testing.T) {
	t.Parallel()
	for _, page := range docPages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range markdownLink.FindAllStringSubmatch(string(text), -1) {
			target := page
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(link[1]))
			}
			if linked, err := os.ReadFile(target); err != nil {
				t.Errorf("%s: no file for the link %s", page, link[0])
			} else if link[2] != "" && !hasAnchor(string(linked), link[2]) {
				t.Errorf("%s: no heading for the link %s", page, link[0])
			}
		}
		for _, path := range sourcePath.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(path[1]))); err != nil {
				t.Errorf("%s: %s does not exist", page, path[1])
			}
		}
	}
}

func docPages(t *testing.T) []string {
	t.Helper()
	pages := []string{filepath.FromSlash("../README.md"), filepath.FromSlash("../findings/README.md")}
	err := filepath.WalkDir(filepath.FromSlash("../docs"), func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// hasAnchor reports whether a heading of a page has this anchor, by the rules of GitHub.
func hasAnchor(page, anchor string) bool {
	for _, h := range markdownHeading.FindAllStringSubmatch(page, -1) {
		if strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-") == anchor {
			return true
		}
	}
	return false
}
