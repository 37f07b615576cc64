package commands

import (
	"fmt"
	"regexp"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
)

// ReferencePages returns the reference as Markdown: a page for each command that the help lists, and an index.
func ReferencePages() map[string]string {
	top := root(testEnv())
	pages := map[string]string{"README.md": referenceIndex(top)}
	for name, c := range leaves(top.Sub, "") {
		if !c.Hidden {
			pages[referenceFile(name)] = referencePage(name, c)
		}
	}
	return pages
}

const referenceHead = "<!-- Generated from the command table by `make docs`. Do not edit. -->\n\n"

func referenceFile(name string) string { return strings.ReplaceAll(name, " ", "-") + ".md" }

func referenceIndex(top *cli.Command) string {
	var b strings.Builder
	b.WriteString(referenceHead + "# Commands\n\n`gearctl [FLAGS] COMMAND [FLAGS] [ARGUMENTS]`. `gearctl COMMAND --help` prints the same texts. " +
		"Commands marked with * change state on a server.\n")
	for _, g := range cli.Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| command | what it does |\n|---|---|\n", g)
		for name, c := range leaves(top.Sub, "") {
			if c.Group == g && !c.Hidden {
				star := ""
				if c.Changes {
					star = " \\*"
				}
				fmt.Fprintf(&b, "| [%s](%s)%s | %s |\n", name, referenceFile(name), star, markdownCell(c.Short))
			}
		}
	}
	b.WriteString("\n## Global flags\n\nThey may be anywhere on the line.\n\n" + referenceFlags(top.Flags))
	return b.String()
}

func referencePage(name string, c *cli.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# gearctl %s\n\n%s.", referenceHead, name, markdown(strings.ToUpper(c.Short[:1])+c.Short[1:]))
	if c.Changes {
		b.WriteString(" Changes state on a server.")
	}
	fmt.Fprintf(&b, "\n\n    %s\n", strings.TrimSpace("gearctl "+name+" [FLAGS] "+helpArgs(c)))
	if c.Long != "" {
		b.WriteString("\n" + referenceText(c.Long))
	}
	if len(c.Examples) > 0 {
		b.WriteString("\n## Examples\n")
	}
	for _, e := range c.Examples {
		fmt.Fprintf(&b, "\n    # %s\n    %s\n", e.What, e.Line)
	}
	if len(c.Flags) > 0 {
		b.WriteString("\n## Flags\n\n" + referenceFlags(c.Flags))
	}
	b.WriteString("\nGlobal flags: [Commands](README.md#global-flags).\n" + referenceOutput(c) + referenceExit(c))
	return b.String()
}

// referenceText returns a help text as Markdown. Paragraphs that help does not fill up are preformatted.
func referenceText(long string) string {
	var paragraphs []string
	for p := range strings.SplitSeq(strings.TrimSpace(long), "\n\n") {
		if strings.HasPrefix(p, " ") || strings.Contains(p, "\n ") {
			p = "```\n" + p + "\n```"
		} else {
			p = markdown(strings.Join(strings.Fields(p), " "))
		}
		paragraphs = append(paragraphs, p)
	}
	return strings.Join(paragraphs, "\n\n") + "\n"
}

func referenceFlags(flags []urfave.Flag) string {
	var b strings.Builder
	b.WriteString("| flag | what it does | default | environment |\n|---|---|---|---|\n")
	for _, f := range flags {
		d, ok := f.(urfave.DocGenerationFlag)
		if !ok {
			continue
		}
		value, usage := unquoteUsage(d.GetUsage())
		def := strings.Trim(d.GetValue(), `"`)
		if !d.TakesValue() || def == "0" || def == "[]" || strings.Contains(usage, "(default") {
			def = ""
		}
		variables := flagVariables(f.Names()[0], usage)
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(strings.TrimSpace(flagNames(f, value))), markdownCell(usage), code(def), code(variables...))
	}
	if takesDuration(flags) {
		b.WriteString("\n" + cli.DurationNote + "\n")
	}
	return b.String()
}

func referenceOutput(c *cli.Command) string {
	var b strings.Builder
	if columns := c.RowKeys(); len(columns) > 0 {
		b.WriteString("\n## Columns\n\nColumn names of `--columns` and `--sort`, keys of JSON, CSV and TSV, fields of `-o template`: " + code(columns...) + ".\n")
	}
	if len(c.Formats) > 0 {
		b.WriteString("\nOutput formats besides table, json, jsonl, csv, tsv and template: " + code(c.Formats...) + ".\n")
	}
	return b.String()
}

func referenceExit(c *cli.Command) string {
	text := "\n## Exit codes\n\n"
	switch {
	case c.Plugin != nil && c.Plugin(nil):
		return text + "Those of a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n"
	case c.Plugin != nil:
		text += "With `--wait` those of a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. Otherwise "
	}
	text += "0 done, 1 failed, 2 usage, 3 no server reached, 4 partly done, 130 interrupted"
	if c.Exits != "" {
		text += ", " + c.Exits
	}
	if c.Daemon {
		text += "; stopped by SIGTERM: 0"
	}
	return text + ". See [exit codes](../exit-codes.md).\n"
}

var (
	markdownSpecial = regexp.MustCompile("[\\\\`*<]")
	markdownFlag    = regexp.MustCompile(`(^|[ (])(-o [a-z]+|--?[a-zA-Z0-9][a-zA-Z0-9-]*)`)
)

// markdown escapes text for Markdown, with flags as code.
func markdown(text string) string {
	return markdownFlag.ReplaceAllString(markdownSpecial.ReplaceAllString(text, `\$0`), "$1`$2`")
}

func markdownCell(text string) string {
	return strings.ReplaceAll(markdown(strings.Join(strings.Fields(text), " ")), "|", `\|`)
}

// code returns words as code for a cell of a table.
func code(words ...string) string {
	var quoted []string
	for _, w := range words {
		if w != "" {
			quoted = append(quoted, "`"+strings.ReplaceAll(w, "|", `\|`)+"`")
		}
	}
	return strings.Join(quoted, ", ")
}
