package output

import (
	"reflect"
	"strings"
	"testing"
)

type fitRow struct {
	Server  string `json:"server" out:"optional,name"`
	Queue   string `json:"queue" out:"name"`
	Total   int64  `json:"total" out:"drop1"`
	Waiting int64  `json:"waiting" out:"keep"`
	Running int64  `json:"running" out:"drop2"`
	Workers int64  `json:"workers"`
	Note    string `json:"note" out:"optional,wide"`
}

// TestTheLeastColumnGoesBeforeANameIsCut in the order of their ranks, and what is gone is told.
func TestTheLeastColumnGoesBeforeANameIsCut(t *testing.T) {
	t.Parallel()
	row := fitRow{Queue: "hostgroup_database_servers", Total: 7, Waiting: 5, Running: 2, Workers: 3}
	for _, tt := range []struct {
		width   int
		want    string
		dropped string
	}{
		{0, "QUEUE                       TOTAL  WAITING  RUNNING  WORKERS\nhostgroup_database_servers      7        5        2        3\n", ""},
		{60, "QUEUE                       TOTAL  WAITING  RUNNING  WORKERS\nhostgroup_database_servers      7        5        2        3\n", ""},
		{59, "QUEUE                       WAITING  RUNNING  WORKERS\nhostgroup_database_servers        5        2        3\n", "TOTAL"},
		{52, "QUEUE                       WAITING  WORKERS\nhostgroup_database_servers        5        3\n", "TOTAL RUNNING"},
		{40, "QUEUE                       WAITING\nhostgroup_database_servers        5\n", "TOTAL RUNNING WORKERS"},
		{30, "QUEUE                  WAITING\nhostgroup_database_s…        5\n", "TOTAL RUNNING WORKERS"},
	} {
		dropped := ""
		o := Options{Width: tt.width, Dropped: func(headings []string) { dropped = strings.Join(headings, " ") }}
		want(t, render(t, o, row), tt.want)
		if dropped != tt.dropped {
			t.Errorf("%d columns: %q is reported as dropped, want %q", tt.width, dropped, tt.dropped)
		}
	}
}

// TestTextIsCutBeforeAColumnGoes, and columns that were asked for stay.
func TestTextIsCutBeforeAColumnGoes(t *testing.T) {
	t.Parallel()
	row := fitRow{Queue: "hostgroup_database", Total: 7, Waiting: 5, Note: strings.Repeat("note ", 20)}
	o := Options{Width: 76, Also: []string{"note"}, Dropped: func(headings []string) { t.Errorf("%q dropped", headings) }}
	want(t, render(t, o, row), "QUEUE               TOTAL  WAITING  RUNNING  WORKERS  NOTE\nhostgroup_database      7        5        0        0  note note note note n…\n")
	o.Columns, o.Width = []string{"queue", "total", "running"}, 24
	want(t, render(t, o, row), "QUEUE     TOTAL  RUNNING\nhostgro…      7        0\n")
}

// TestNamesShareWhatIsLeft: the widest is cut first.
func TestNamesShareWhatIsLeft(t *testing.T) {
	t.Parallel()
	row := fitRow{Server: "gm1.example.com:4730", Queue: "hostgroup_database", Waiting: 5}
	want(t, render(t, Options{Width: 40, Also: []string{"server"}}, row), "SERVER          QUEUE            WAITING\ngm1.example.c…  hostgroup_data…        5\n")
}

// TestAShortNameLeavesItsRoomToALongOne: columns are left out before that is cut, as long as both have three quarters of the line.
func TestAShortNameLeavesItsRoomToALongOne(t *testing.T) {
	t.Parallel()
	row := fitRow{Server: "gm1:4730", Queue: "hostgroup_database_servers_of_berlin", Waiting: 5}
	o := Options{Width: 66, Also: []string{"server"}, Dropped: func([]string) {}}
	want(t, render(t, o, row), "SERVER    QUEUE                                 WAITING  WORKERS\ngm1:4730  hostgroup_database_servers_of_berlin        5        0\n")
}

// TestAllColumns: with them a table has the columns of the other formats.
func TestAllColumns(t *testing.T) {
	t.Parallel()
	o := Options{HideInTable: []string{"total"}, AllColumns: true}
	all := strings.Fields(render(t, o, fitRow{}))[:5]
	if want := []string{"QUEUE", "TOTAL", "WAITING", "RUNNING", "WORKERS"}; !reflect.DeepEqual(all, want) {
		t.Errorf("got %q, want %q", all, want)
	}
}

// TestANameOfAWholeLine leaves room for numbers: it gets three quarters of the line before columns go for it. Of two columns of
// the same rank the right one goes first.
func TestANameOfAWholeLine(t *testing.T) {
	t.Parallel()
	long := fitRow{Queue: strings.Repeat("x", 75), Waiting: 5}
	want(t, render(t, Options{Width: 80}, long), "QUEUE"+strings.Repeat(" ", 59)+"WAITING  WORKERS\n"+strings.Repeat("x", 61)+"…        5        0\n")
	type row struct {
		Queue string `json:"queue" out:"name"`
		First int64  `json:"first"`
		Last  int64  `json:"last"`
	}
	want(t, render(t, Options{Width: 20}, row{"hostgroup_a", 1, 2}), "QUEUE        FIRST\nhostgroup_a      1\n")
}

// TestWhatCannotFitStays: no column is dropped where that is of no use.
func TestWhatCannotFitStays(t *testing.T) {
	t.Parallel()
	type row struct {
		State string `json:"state"`
		Text  string `json:"text" out:"keep"`
	}
	text := strings.Repeat("x", 50)
	want(t, render(t, Options{Width: 40, NoHeader: true}, row{"ok", text}), "ok     "+text+"\n")
}
