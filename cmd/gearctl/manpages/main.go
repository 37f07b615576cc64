// Manpages writes the manual pages of gearctl into a directory: go run ./cmd/gearctl/manpages DIR VERSION DATE.
package main

import (
	"log"
	"os"
	"path/filepath"

	"gearctl/commands"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: manpages DIR VERSION DATE")
	}
	dir := os.Args[1]
	if err := os.MkdirAll(dir, 0o755); err != nil {
		log.Fatal(err)
	}
	for name, page := range commands.ManPages(os.Args[2], os.Args[3]) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(page), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
