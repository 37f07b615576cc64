package output

import "testing"

type labelled struct {
	Server string `json:"server"`
	Queue  string `json:"queue"`
	Stage  int    `json:"stage"`
}

func TestLabelsOfServers(t *testing.T) {
	of := map[string]map[string]string{"gm1:4730": {"site": "berlin", "stage": "prod"}, "gm2:4730": {"Rack": "7"}}
	labels := &Labels{Names: []string{"Rack", "site", "stage"}, Of: func(server string) map[string]string { return of[server] }}
	rows := []labelled{{"gm1:4730", "a", 1}, {"gm2:4730", "b", 2}, {"gm3:4730", "c", 3}}
	for _, test := range []struct {
		name string
		o    Options
		want string
	}{
		{"csv keeps its columns", Options{Format: Format{Kind: CSV}}, "server,queue,stage\ngm1:4730,a,1\ngm2:4730,b,2\ngm3:4730,c,3\n"},
		{
			"csv, when asked",
			Options{Format: Format{Kind: CSV}, Columns: []string{"SITE", "queue", "rack", "label_stage", "labels"}},
			"site,queue,Rack,label_stage,labels\nberlin,a,,prod,site=berlin stage=prod\n,b,7,,Rack=7\n,c,,,\n",
		},
		{
			"json",
			Options{Format: Format{Kind: JSONL}},
			`{"server":"gm1:4730","labels":{"site":"berlin","stage":"prod"},"queue":"a","stage":1}` + "\n" +
				`{"server":"gm2:4730","labels":{"Rack":"7"},"queue":"b","stage":2}` + "\n" +
				`{"server":"gm3:4730","labels":{},"queue":"c","stage":3}` + "\n",
		},
		{
			"a table",
			Options{},
			"SERVER    QUEUE  STAGE\n" +
				"gm1:4730  a          1\n" +
				"gm2:4730  b          2\n" +
				"gm3:4730  c          3\n",
		},
		{
			"a table with all columns",
			Options{AllColumns: true},
			"SERVER    RACK  SITE    LABEL_STAGE  QUEUE  STAGE\n" +
				"gm1:4730  -     berlin  prod         a          1\n" +
				"gm2:4730  7     -       -            b          2\n" +
				"gm3:4730  -     -       -            c          3\n",
		},
		{"a template", Options{Format: Format{Kind: Template, Template: "{{.site}}|{{.labels.stage}}"}, Sort: "-site"}, "berlin|prod\n|\n|\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.o.Labels = labels
			want(t, render(t, test.o, rows...), test.want)
		})
	}
	t.Run("no labels, no columns", func(t *testing.T) {
		want(t, render(t, Options{Format: Format{Kind: JSONL}, Labels: &Labels{Of: labels.Of}}, rows[0]), `{"server":"gm1:4730","queue":"a","stage":1}`+"\n")
	})
	t.Run("rows with labels of their own", func(t *testing.T) {
		type own struct {
			Server string            `json:"server"`
			Labels map[string]string `json:"labels"`
		}
		want(t, render(t, Options{Labels: labels}, own{"gm1:4730", map[string]string{"a": "b"}}), "SERVER    LABELS\ngm1:4730  a=b\n")
	})
}

func TestRenamedColumns(t *testing.T) {
	o := Options{Rename: map[string]string{"queue": "server"}, Sort: "-server"}
	type row struct {
		Queue string `json:"queue"`
	}
	want(t, render(t, o, row{"a"}, row{"b"}), "SERVER\nb\na\n")
}
