package commands

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
)

// ManPages returns the manual of section 1 by file name: gearctl.1, and a page for each command that the help lists and for
// each word that has commands of its own, such as queue. They are made from the command table, as the help is. date is printed in the footer.
func ManPages(version, date string) map[string]string {
	top := root(&cli.Env{Version: version})
	m := manual{version: version, date: date}
	pages := map[string]string{"gearctl.1": m.top(top)}
	for name, c := range leaves(top.Sub, "") {
		if !c.Hidden {
			pages[manName(name)+".1"] = m.command(name, c)
		}
	}
	for _, c := range top.Sub.All() {
		if len(c.Sub) > 0 && !c.Hidden {
			pages[manName(c.Name)+".1"] = m.group(c)
		}
	}
	return pages
}

// manual is what the pages have in common.
type manual struct{ version, date string }

func manName(command string) string { return "gearctl-" + strings.ReplaceAll(command, " ", "-") }

func (m manual) top(top *cli.Command) string {
	p := m.page("gearctl", top.Short)
	p.section("SYNOPSIS")
	p.line(`.B gearctl`)
	p.text("[FLAGS] COMMAND [FLAGS] [ARGUMENTS]")
	p.section("DESCRIPTION")
	p.text("Shows the queues of Gearman job servers, empties, saves, restores and moves them, submits and does jobs, " +
		"sends test checks through Mod-Gearman, and monitors all of it. " +
		"Results are on stdout; progress, questions and errors are on stderr. " +
		"A command that removes jobs asks first, and needs --yes where nobody can answer.")
	p.examples(manExamples)
	p.section("COMMANDS")
	p.text("Commands marked with * change state on a server. Each has a page of its own, such as gearctl-status(1).")
	for _, g := range cli.Groups() {
		p.line(".SS " + roff(string(g)))
		for name, c := range leaves(top.Sub, "") {
			if c.Group == g && !c.Hidden {
				star := ""
				if c.Changes {
					star = " *"
				}
				p.item(name+star, c.Short)
			}
		}
	}
	p.section("OPTIONS")
	p.text("They may be anywhere on the line.")
	p.flags(top.Flags)
	p.section("EXIT STATUS")
	for _, row := range manExit {
		p.item(row[0], row[1])
	}
	p.paragraph("Monitoring plugins, which are health, check exec, and check host and check service with --wait, exit with 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN.")
	p.section("FILES")
	p.item("/usr/share/doc/gearctl/docs", "how-to guides and reference, if a package installed gearctl; begin with start.md")
	p.item("/etc/gearctl/contexts.yml, ~/.config/gearctl/contexts.yml", "servers by name, see gearctl-context(1)")
	p.item("/etc/gearctl", "commented examples, and the settings of the services")
	p.section("SEE ALSO")
	p.text("gearctl-status(1), gearctl-drain(1), gearctl-health(1), gearctl-context(1), gearmand(8)")
	return p.String()
}

// group is the page of a word that has commands of its own.
func (m manual) group(c *cli.Command) string {
	p := m.page(manName(c.Name), c.Short)
	p.section("SYNOPSIS")
	p.line(".B gearctl " + roff(c.Name))
	p.text("COMMAND [FLAGS] [ARGUMENTS]")
	p.section("DESCRIPTION")
	p.text(strings.ToUpper(c.Short[:1]) + c.Short[1:] + ".")
	p.paragraphs(c.Long)
	p.section("COMMANDS")
	var also []string
	for name, sub := range leaves(c.Sub, c.Name+" ") {
		if !sub.Hidden {
			p.item(name, sub.Short)
			also = append(also, manName(name)+"(1)")
		}
	}
	p.section("SEE ALSO")
	p.text(strings.Join(append(also, "gearctl(1)"), ", "))
	return p.String()
}

// manExamples are the first lines to type.
var manExamples = []cli.Example{
	{Line: "gearctl status", What: "the queues of the server on this host"},
	{Line: "gearctl -s gm1,gm2 status --waiting", What: "those with waiting jobs, of two servers"},
	{Line: "gearctl top", What: "the same live; q ends it"},
	{Line: "gearctl drain perfdata --to perfdata.jsonl.gz", What: "empty a queue into a file, from which gearctl replay restores it"},
	{Line: "gearctl doctor", What: "on a Mod-Gearman host: what is wrong, and how to fix it"},
}

// manExit is the table of exit codes of all commands that are no monitoring plugin.
var manExit = [][2]string{
	{"0", "done"},
	{"1", "failed: the server answered with an error, a job failed, a file could not be written, something does not exist"},
	{"2", "usage: a wrong flag or argument, or a confirmation that nobody could give"},
	{"3", "none of the servers could be reached"},
	{"4", "partly done: some servers, jobs or lines failed, the others are done"},
	{"130", "interrupted by SIGINT or SIGTERM"},
}

func (m manual) command(name string, c *cli.Command) string {
	p := m.page(manName(name), c.Short)
	p.section("SYNOPSIS")
	p.line(".B gearctl " + roff(name))
	p.text(strings.TrimSpace("[FLAGS] " + helpArgs(c)))
	p.section("DESCRIPTION")
	p.text(strings.ToUpper(c.Short[:1]) + c.Short[1:] + ".")
	if c.Changes {
		p.text("Changes state on a server.")
	}
	p.paragraphs(c.Long)
	if len(c.Flags) > 0 {
		p.section("OPTIONS")
		p.flags(c.Flags)
		p.paragraph("The global options, such as --server, --output and --timeout, are in gearctl(1).")
	}
	if len(c.Formats) > 0 {
		p.section("OUTPUT FORMATS")
		general := "Besides table, json, jsonl, csv, tsv and template: "
		if c.Plugin != nil && c.Plugin(nil) {
			general = "Besides json and jsonl: "
		}
		p.text(general + strings.Join(c.Formats, ", ") + ".")
	}
	if columns := c.RowKeys(); len(columns) > 0 {
		p.section("COLUMNS")
		p.text("For --columns, --sort and templates, and as keys of JSON, CSV and TSV:")
		p.paragraph(strings.Join(columns, " "))
	}
	p.exit(c)
	if len(c.Examples) > 0 {
		p.examples(c.Examples)
	}
	p.section("SEE ALSO")
	p.text(strings.Join(append(also(name), "gearctl(1)"), ", "))
	return p.String()
}

// manPage is a page in the macros of man(7).
type manPage struct{ strings.Builder }

func (m manual) page(name, short string) *manPage {
	p := new(manPage)
	// Neither justified nor hyphenated: a flag that is broken over two lines cannot be searched for or pasted.
	fmt.Fprintf(p, ".\\\" Generated from the command table. Do not edit.\n.TH %s 1 %s \"gearctl %s\" \"Gearctl manual\"\n.nh\n.ad l\n.SH NAME\n",
		strings.ToUpper(roff(name)), m.date, m.version)
	p.text(name + " - " + short)
	return p
}

func (p *manPage) section(name string) { p.line(".SH " + name) }

// line writes a line that is roff already.
func (p *manPage) line(roff string) { p.WriteString(roff + "\n") }

// text writes a filled paragraph: a new line for each sentence, and none over 72 bytes where blanks allow it.
func (p *manPage) text(text string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		word = roff(word)
		if line != "" && (len(line)+1+len(word) > 72 || strings.HasSuffix(line, ".")) {
			p.line(line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	p.line(line)
}

// paragraph writes a paragraph of a help text. One with indented lines keeps its lines.
func (p *manPage) paragraph(text string) {
	p.line(".PP")
	if !strings.HasPrefix(text, " ") && !strings.Contains(text, "\n ") {
		p.text(text)
		return
	}
	p.line(".nf")
	for line := range strings.SplitSeq(text, "\n") {
		p.line(roff(line))
	}
	p.line(".fi")
}

// paragraphs writes a help text.
func (p *manPage) paragraphs(long string) {
	if long == "" {
		return
	}
	for text := range strings.SplitSeq(strings.TrimSpace(long), "\n\n") {
		p.paragraph(text)
	}
}

// examples writes command lines. They are to be pasted: a long one is continued as a shell reads it.
func (p *manPage) examples(list []cli.Example) {
	p.section("EXAMPLES")
	for i, e := range list {
		if i > 0 {
			p.line(".PP")
		}
		p.line(".nf")
		for _, line := range foldExample(e.Line) {
			text := strings.TrimLeft(line, " ")
			p.line(".B " + strings.Repeat(`\ `, len(line)-len(text)) + roff(text))
		}
		p.line(".fi\n.RS")
		p.text(e.What)
		p.line(".RE")
	}
}

func (p *manPage) item(tag, text string) {
	p.line(".TP\n.B " + roff(tag))
	p.text(text)
}

func (p *manPage) flags(flags []urfave.Flag) {
	for _, f := range flags {
		if v, ok := f.(urfave.VisibleFlag); ok && !v.IsVisible() {
			continue
		}
		if d, ok := f.(urfave.DocGenerationFlag); ok {
			value, usage := unquoteUsage(d.GetUsage())
			p.item(strings.TrimSpace(flagNames(f, value)), usage+flagNotes(f.Names()[0], d, usage))
		}
	}
	if takesDuration(flags) {
		p.paragraph(cli.DurationNote)
	}
}

func (p *manPage) exit(c *cli.Command) {
	p.section("EXIT STATUS")
	const plugin = "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"
	switch {
	case c.Plugin != nil && c.Plugin(nil):
		p.text("As a monitoring plugin: " + plugin + ".")
		return
	case c.Plugin != nil:
		p.text("With --wait as a monitoring plugin: " + plugin + ". Otherwise:")
	}
	for _, row := range manExit {
		p.item(row[0], row[1])
	}
	if code, what, ok := strings.Cut(c.Exits, " "); ok {
		p.item(code, what)
	}
	if c.Daemon {
		p.paragraph("Stopped by SIGTERM: 0.")
	}
}

// roff escapes text that begins a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`, `"`, `\(dq`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

// exampleWidth is how long a line of an example may be, so that a page of 80 columns has room for it.
const exampleWidth = 70

// exampleWord is a word, or a flag with the word after it, which may be its value.
var exampleWord = func() *regexp.Regexp {
	const part = `'[^']*'|"[^"]*"|[^ '"]`
	const value = `(?:'[^']*'|"[^"]*"|[^- '"])(?:` + part + `)*`
	return regexp.MustCompile(`-(?:` + part + `)* ` + value + `|(?:` + part + `)+`)
}

// foldExample breaks a command line between words, with a backslash at the end of all lines but the last.
func foldExample(line string) (lines []string) {
	if len(line) <= exampleWidth {
		return []string{line}
	}
	part := ""
	for _, word := range exampleWord().FindAllString(line, -1) {
		switch {
		case part == "":
			part = word
		case len(part)+len(word)+len(` \ `) > exampleWidth:
			lines = append(lines, part+` \`)
			part = "    " + word
		default:
			part += " " + word
		}
	}
	return append(lines, part)
}

// manTopics are commands that a reader of one's page may want next.
var manTopics = [][]string{
	{"status", "top", "workers", "wait", "ping", "version"},
	{"jobs", "job status", "job cancel", "peek"},
	{"drain", "replay", "move", "peek", "queue gc"},
	{"archive list", "archive cat", "archive split", "archive verify", "drain", "replay"},
	{"submit", "work", "job status"},
	{"move", "proxy"},
	{"queue create", "queue drop", "queue limit", "queue gc"},
	{"check host", "check service", "check work", "check exec", "route"},
	{"check host", "result send", "result tail"},
	{"payload decode", "payload encode", "payload unique", "peek"},
	{"config show", "config lint", "route", "doctor"},
	{"doctor", "health", "exporter"},
	{"context list", "context show", "context use", "context edit", "context validate", "context import"},
	{"server", "demo"},
	{"compat install", "compat list"},
}

// manInstead are the commands that replace an old tool.
var manInstead = map[string][]string{
	"compat gearadmin": {"status", "workers", "jobs", "raw"}, "compat gearman": {"submit", "work", "drain"}, "compat gearman_top": {"top"},
	"compat check_gearman": {"health"}, "compat send_gearman": {"result send"}, "compat send_multi": {"result send"},
}

// also returns the pages that belong to a command's topics.
func also(name string) (pages []string) {
	list := slices.Clone(manInstead[name])
	for _, topic := range manTopics {
		if slices.Contains(topic, name) {
			list = append(list, topic...)
		}
	}
	for _, other := range list {
		if page := manName(other) + "(1)"; other != name && !slices.Contains(pages, page) {
			pages = append(pages, page)
		}
	}
	return pages
}
