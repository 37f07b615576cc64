package servertest

import (
	"os"
	"path/filepath"
	"testing"
)

// RepositoryFile returns the content of a file of the repository.
func RepositoryFile(t testing.TB, path string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, err = os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			b, err := os.ReadFile(filepath.Join(dir, path))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir, err = parent, nil
		}
	}
	t.Fatal(err)
	return nil
}

// WriteFile writes a private file and returns its path.
func WriteFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
