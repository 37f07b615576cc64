package modgearman

import (
	"fmt"
	"io/fs"
	"testing"
)

func TestWordsOfReports(t *testing.T) {
	for want, got := range map[string]fmt.Stringer{
		"hint": Hint, "warning": Warning, "error": Failure,
		"C": DialectC, "Go": DialectGo,
		"empty": ReasonEmpty, "wrong_key": ReasonWrongKey,
		"Reason(0)": Reason(0), "Reason(6)": Reason(6), "Reason(-1)": Reason(-1),
	} {
		if got.String() != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWhoMayReadAKey(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		0o640: "", 0o604: "read", 0o602: "write", 0o606: "read and write", 0o601: "", fs.ModeNamedPipe | 0o666: "",
	} {
		if got := Exposure(mode); got != want {
			t.Errorf("%v: %q, want %q", mode, got, want)
		}
	}
}

func TestTheZeroKey(t *testing.T) {
	if (Key{}).Warning() != "" || (Key{}).Fingerprint() != "" {
		t.Error("the zero key has something to report")
	}
	if (Key{}).Equal(mustKey(t, labKey)) || mustKey(t, labKey).Equal(Key{}) || !(Key{}).Equal(Key{}) {
		t.Error("the zero key equals only itself")
	}
}
