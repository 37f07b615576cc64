#!/usr/bin/env bash
# github.com/olekukonko/tablewriter v1.1.5 (Go module): Render returns nil although nothing could be written
#
# Table.Render returns an error, but not that of its writer: on a full disk it returns nil, and a program that checks the error
# exits 0 and leaves an empty file. text/tabwriter of the standard library returns the error of the same write.
#
# Expected: Render returns the error of its writer.
# Seen (both write to /dev/full):
#   tablewriter: <nil>
#   tabwriter: write /dev/full: no space left on device
#
# Needs go. Uses Go's build cache.
set -eu -o pipefail
dir=$(mktemp -d)
finish() {
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

export GOPATH="$dir/go" GOFLAGS=-modcacherw GOWORK=off GOTOOLCHAIN=local
go mod init example.org/finding 2>/dev/null
go get github.com/olekukonko/tablewriter@v1.1.5 2>/dev/null

cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/olekukonko/tablewriter"
)

func main() {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	table := tablewriter.NewWriter(full)
	table.Header("QUEUE", "JOBS")
	if err := table.Append("mail", "5"); err != nil {
		panic(err)
	}
	fmt.Println("tablewriter:", table.Render())

	tabs := tabwriter.NewWriter(full, 0, 8, 1, ' ', 0)
	fmt.Fprintln(tabs, "QUEUE\tJOBS\nmail\t5")
	fmt.Println("tabwriter:", tabs.Flush())
}
GO
seen=$(go run .)
echo "$seen"
[ "$seen" = "tablewriter: <nil>
tabwriter: write /dev/full: no space left on device" ] || { echo "changed"; exit 1; }
