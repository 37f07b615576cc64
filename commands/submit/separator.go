package submit

import "strings"

// resultWriter separates the results that go to stdout.
type resultWriter struct {
	several   bool    // jobs: then each result ends a line
	separator *string // written between two results instead; nil: not given
	results   int     // begun so far
	begun     bool    // the result of the current job
	last      byte    // of it; 0: it is empty
}

// separatorText returns a separator as it is written: \n, \t, \0 and \\ are a newline, a tab, a NUL and a backslash.
func separatorText(s string) string {
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\0`, "\x00", `\\`, `\`).Replace(s)
}

// next begins with another job.
func (r *resultWriter) next() { r.begun, r.last = false, 0 }

// before returns what is written before a part of the job's result.
func (r *resultWriter) before() string {
	if r.begun {
		return ""
	}
	r.begun = true
	r.results++
	if r.separator != nil && r.results > 1 {
		return *r.separator
	}
	return ""
}

// after returns what is written when the job has ended: a newline where its result has none. A job that was not completed and
// had no data has no result.
func (r *resultWriter) after(complete bool) string {
	switch {
	case !r.begun && !complete:
		return ""
	case r.separator != nil:
		return r.before()
	case !r.several || r.last == '\n':
		return ""
	}
	return "\n"
}
