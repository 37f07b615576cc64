package modgearman

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func multiChild(no, output, more string) string {
	return "<CHILD><no>" + no + "</no><name>a</name><rc>0</rc><runtime>1</runtime><output>" + output + "</output><error></error>" + more + "</CHILD>"
}

// outputs parses a report and returns what was handed over.
func outputs(r io.Reader) (list []string, err error) {
	err = ParseCheckMulti(r, "h", at(1), func(n int, r Result, err error) error {
		list = append(list, fmt.Sprint(n, " ", r.Output))
		return err
	})
	return list, err
}

// TestACheckMultiReportInPieces: a report that arrives byte by byte is the one that arrives at once.
func TestACheckMultiReportInPieces(t *testing.T) {
	report := "<PARENT>noise" + multiChild("0", "itself", "") + "<x/>" + multiChild("1", "one", "") + multiChild("2", "two", "") + "</PARENT>"
	for name, r := range map[string]io.Reader{"at once": strings.NewReader(report), "byte by byte": iotest.OneByteReader(strings.NewReader(report))} {
		if got, err := outputs(r); err != nil || strings.Join(got, ",") != "2 one,3 two" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestACheckMultiReportThatBreaksOff is an error after what was read, and not the end of the report.
func TestACheckMultiReportThatBreaksOff(t *testing.T) {
	broken := errors.New("broken pipe")
	got, err := outputs(io.MultiReader(strings.NewReader(multiChild("1", "one", "")), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(got) != 1 {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := outputs(strings.NewReader(multiChild("1", "one", "") + "<CHILD><no>2</no>")); err == nil || len(got) != 1 {
		t.Errorf("cut in a child: %q, %v", got, err)
	}
	if _, err := outputs(strings.NewReader("<CHILD></CHILD>")); err == nil || !strings.Contains(err.Error(), "<no> is missing") {
		t.Errorf("an empty child: %v", err)
	}
}

// TestAHeadChildIsSkipped whatever else it lacks: check_multi writes it without name and error.
func TestAHeadChildIsSkipped(t *testing.T) {
	for _, head := range []string{"<no>0</no>", "<no> 0 </no><rc>9</rc>", "<no>0</no><name></name><rc>x</rc>"} {
		got, err := outputs(strings.NewReader("<CHILD>" + head + "</CHILD>" + multiChild("1", "one", "")))
		if err != nil || len(got) != 1 || got[0] != "2 one" {
			t.Errorf("%s: got %q, %v", head, got, err)
		}
	}
}

// TestAReturnCodeThatIsNoState would become CRITICAL in one core, and stay as it is in another.
func TestAReturnCodeThatIsNoState(t *testing.T) {
	for _, code := range []string{"4", "7", "-1", "256"} {
		report := strings.Replace(multiChild("1", "one", ""), "<rc>0", "<rc>"+code, 1)
		if _, err := outputs(strings.NewReader(report)); err == nil || !strings.Contains(err.Error(), "<rc> is "+code+": the return code is none of") {
			t.Errorf("%s: got %v", code, err)
		}
	}
}

func TestAReturnCodeThatIsNoNumber(t *testing.T) {
	report := strings.Replace(multiChild("1", "one", ""), "<rc>0", "<rc>none", 1)
	if _, err := outputs(strings.NewReader(report)); err == nil || !strings.Contains(err.Error(), "<rc> is not a number") {
		t.Errorf("got %v", err)
	}
}

// TestPerfdataOfAChildWithoutItsPlugin would not say what they belong to.
func TestPerfdataOfAChildWithoutItsPlugin(t *testing.T) {
	for more, want := range map[string]string{
		"<performance>x=1</performance>":                           "1 one",
		"<pplugin>p</pplugin>":                                     "1 one",
		"<performance></performance><pplugin>p</pplugin>":          "1 one",
		"<performance>x=1</performance><pplugin>p</pplugin>":       "1 one|a::p::x=1",
		"<performance>x=1<pplugin>p</pplugin>":                     "1 one",
		"<performance>&#124;x=1</performance><pplugin>p</pplugin>": "1 one|a::p::|x=1",
	} {
		if got, err := outputs(strings.NewReader(multiChild("1", "one", more))); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, %v, want %q", more, got, err, want)
		}
	}
}
