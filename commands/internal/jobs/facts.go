package jobs

import (
	"strconv"
	"time"

	"gearctl/wire/modgearman"
)

// Facts is what the workload of a Mod-Gearman job says, as far as it can be decoded.
type Facts struct {
	Kind        modgearman.Kind
	Host        string
	Service     string
	Command     string
	Output      string // of a result
	ResultQueue string // the queue for the result
	Time        time.Time
	Err         error // why it cannot be decoded
}

// ReadFacts decodes a workload of Mod-Gearman. Time is when the core scheduled the check, or when the performance data was
// recorded.
func ReadFacts(data []byte, keys []modgearman.Key) Facts {
	p, err := modgearman.Decode(data, keys...)
	if err != nil {
		return Facts{Err: err}
	}
	f := Facts{Kind: p.Kind}
	switch {
	case p.Kind == modgearman.KindResult:
		r, _ := p.Result()
		f.Host, f.Service, f.Output, f.Time = r.Host, r.Service, r.Output, firstTime(r.CoreStart, r.Start)
	case p.Kind.IsCheck():
		c, _ := p.Check()
		f.Host, f.Service, f.Command, f.ResultQueue, f.Time = c.Host, c.Service, c.CommandLine, c.ResultQueue, firstTime(c.CoreTime, c.StartTime)
	case p.Kind == modgearman.KindPerfdata:
		f.perfdata(p.Fields())
	}
	return f
}

func (f *Facts) perfdata(fields []modgearman.Field) {
	for _, field := range fields {
		switch field.Name {
		case "HOSTNAME":
			f.Host = field.Value
		case "SERVICEDESC":
			f.Service = field.Value
		case "HOSTCHECKCOMMAND", "SERVICECHECKCOMMAND":
			f.Command = field.Value
		case "TIMET":
			if sec, err := strconv.ParseInt(field.Value, 10, 64); err == nil {
				f.Time = time.Unix(sec, 0)
			}
		}
	}
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
