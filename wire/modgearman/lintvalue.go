package modgearman

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gearctl/wire"
)

// quoted finds a value in quotes, which no program removes. Options whose value may be quotes are left out.
func (l *linter) quoted(e Entry, option Option) bool {
	value := e.value(DialectC)
	if len(value) < 2 || !strings.Contains(`"'`, value[:1]) || value[len(value)-1] != value[0] ||
		option.Name == "delimiter" || option.Name == "restrict_command_characters" {
		return false
	}
	inner := value[1 : len(value)-1]
	severity, effect, fix := Failure, "the programs take the quotes as part of the value", "set "+option.Name+"="+inner
	switch option.Type {
	case TypeSecret:
		severity, fix = Warning, "write the key without quotes, on every machine"
		effect = "the quotes are part of the key: one that is written without them does not fit"
	case TypeBool:
		effect = fmt.Sprintf("the C programs read %s, the Go programs %s", yesNo(parseBool(e, DialectC)), yesNo(parseBool(e, DialectGo)))
	case TypeInt, TypeFloat:
		effect = l.numberRead(e, option)
	case TypeServers:
		effect = "no host has such a name: nothing can connect"
	case TypeString:
		severity = Warning
	}
	l.add(severity, e.Origin, option.Name, "is in quotes", effect, fix)
	return true
}

// blanks finds a space that is not one of ASCII around a value, as a no-break space: the C programs take it as part of the value.
func (l *linter) blanks(e Entry, option Option) {
	value := e.value(DialectC)
	if trimmed := strings.TrimSpace(value); trimmed != value {
		fix := "set " + option.Name + "=" + trimmed
		if option.Type == TypeSecret {
			fix = "write the key without it"
		}
		l.add(Warning, e.Origin, option.Name, "has a space beside it that is not one of ASCII, as a no-break space",
			"the C programs take it as part of the value", fix)
	}
}

// relative finds a relative path, which means another file to each program and user.
func (l *linter) relative(e Entry, option Option) {
	paths := []string{"config", "keyfile", "logfile", "pidfile", "p1_file", "restrict_path"}
	if !slices.Contains(paths, option.Name) || e.C == "" || filepath.IsAbs(e.C) {
		return
	}
	if option.Name == "restrict_path" {
		l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q is not an absolute path", truncated(e.C)),
			"the C worker refuses every command: it must begin with / and with this", "set restrict_path=/"+e.C)
		return
	}
	if option.Name == "logfile" && slices.Contains([]string{"stderr", "stdout"}, e.C) {
		return
	}
	beside, err := filepath.Abs(filepath.Join(filepath.Dir(e.File), e.C))
	if err != nil {
		beside = "/" + e.C
	}
	l.add(Warning, e.Origin, option.Name, fmt.Sprintf("%q is a relative path", truncated(e.C)),
		"the programs search it in their working directory, mostly / for a daemon, not beside this file",
		"set "+option.Name+"="+beside)
}

// separators finds lists that are not separated by commas. In group names a blank is allowed, a semicolon is not.
func (l *linter) separators(e Entry, option Option) {
	for item := range strings.SplitSeq(e.C, ",") {
		switch trimmed := strings.TrimSpace(item); {
		case strings.Contains(trimmed, ";"):
			l.notSeparated(Failure, e, option, trimmed, "semicolon", ";")
		case strings.ContainsAny(trimmed, " \t"):
			l.notSeparated(Warning, e, option, trimmed, "blank", " ")
		case trimmed != strings.Trim(item, " ") && l.worker && len(option.GoNames) > 0:
			l.add(Warning, e.Origin, option.Name, fmt.Sprintf("%q has a tab beside it", truncated(trimmed)),
				"the Go worker takes it as part of the name", "set "+option.Name+"="+strings.Join(fieldsOf(e.C, ","), ","))
		case trimmed != item && option.Name == "perfdata":
			l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q has a blank beside it", truncated(trimmed)),
				"the blank is part of the queue's name", "set perfdata="+strings.Join(fieldsOf(e.C, ","), ","))
		}
	}
}

func (l *linter) notSeparated(s Severity, e Entry, option Option, item, what, separator string) {
	l.add(s, e.Origin, option.Name, fmt.Sprintf("%q contains a %s", truncated(item), what),
		"it is one name: only commas separate names",
		"if these are several: set "+option.Name+"="+strings.Join(fieldsOf(e.C, ","+separator), ","))
}

// fieldsOf returns what stands between separators, without blanks.
func fieldsOf(text, separators string) []string {
	var list []string
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

func lintRestrictPath(l *linter, e Entry) {
	switch {
	case e.HasValue && e.C == "":
		l.add(Failure, e.Origin, e.Option, "is empty", "every command that begins with / is allowed", "set restrict_path=/PATH/ or remove the line")
	case strings.ContainsAny(e.C, ",;: \t"):
		l.add(Failure, e.Origin, e.Option, fmt.Sprintf("%q is one path, not a list", truncated(e.C)),
			"the workers refuse every command that does not begin with all of it",
			"set a line for each: restrict_path="+strings.Join(fieldsOf(e.C, ",;: \t"), " restrict_path="))
	}
}

// duplicates finds a dupserver that is a server as well.
func (l *linter) duplicates() {
	e, ok := l.c.lastAny("dupserver")
	if !ok {
		return
	}
	servers := l.c.addresses("server", DialectC)
	for _, address := range l.c.addresses("dupserver", DialectC) {
		if slices.Contains(servers, address) {
			l.add(Failure, e.Origin, "dupserver", truncated(address)+" is a server as well",
				"the core gets every result twice", "name another server, or remove the line")
		}
	}
}

// unusable finds an address that cannot be connected to, which --config refuses too.
func (l *linter) unusable(e Entry, option Option, raw string) {
	item := strings.TrimSpace(raw)
	all := option.Name + "=" + strings.Join(fieldsOf(e.C, ",; \t"), ",")
	host, port, _ := strings.Cut(item, ":")
	n, notNumber := strconv.Atoi(strings.TrimSpace(port))
	switch {
	case strings.ContainsAny(item, "; \t"):
		l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q is not one address", truncated(item)),
			"only commas separate servers: no host has such a name", "set "+all)
	case port != "" && (notNumber != nil || n > 65535):
		l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q: a port is a number from 1 to 65535", truncated(item)),
			fmt.Sprintf("the C programs connect to port %d, the Go programs not at all", uint16(parseInt([]byte(port)))),
			"set "+option.Name+"="+host+":4730")
	case raw != item:
		l.add(Failure, e.Origin, option.Name, fmt.Sprintf("has a blank beside %q", truncated(item)),
			"the C programs take it as part of the name and do not find the host", "set "+all)
	default:
		if _, err := wire.ParseServers(item); err != nil {
			l.add(Failure, e.Origin, option.Name, fmt.Sprintf("%q is no address", truncated(item)), "nothing can connect", "use HOST:4730")
		}
	}
}

// nebCallbacks are the names of nebcallback2str in mod_gearman, without NEBCALLBACK_ and _DATA.
var nebCallbacks = sync.OnceValue(func() []string {
	return strings.Fields(`PROCESS TIMED_EVENT LOG SYSTEM_COMMAND EVENT_HANDLER NOTIFICATION SERVICE_CHECK HOST_CHECK COMMENT
	DOWNTIME FLAPPING PROGRAM_STATUS HOST_STATUS SERVICE_STATUS ADAPTIVE_PROGRAM ADAPTIVE_HOST ADAPTIVE_SERVICE EXTERNAL_COMMAND
	AGGREGATED_STATUS RETENTION CONTACT_NOTIFICATION CONTACT_NOTIFICATION_METHOD ACKNOWLEDGEMENT STATE_CHANGE CONTACT_STATUS
	ADAPTIVE_CONTACT`)
})

const nebCallbackNumbers = 33 // GM_NEBTYPESSIZE

// callback checks a callback of export=: a name, or a number.
func (l *linter) callback(e Entry, written string) {
	const prefix, suffix = "NEBCALLBACK_", "_DATA"
	if n, err := strconv.Atoi(written); err == nil {
		if n < 0 || n >= nebCallbackNumbers {
			l.add(Failure, e.Origin, e.Option, written+" is not the number of a callback", "the NEB module crashes on it", "use the callback's name")
		}
		return
	}
	name := strings.TrimSuffix(strings.TrimPrefix(strings.ToUpper(written), prefix), suffix)
	known := slices.Contains(nebCallbacks(), name)
	if known && written == prefix+name+suffix {
		return
	}
	near := name
	for limit := 1; !known && limit <= 4; limit++ {
		if at := slices.IndexFunc(nebCallbacks(), func(c string) bool { return EditDistance(name, c) <= limit }); at >= 0 {
			near, known = nebCallbacks()[at], true
		}
	}
	fix := "use a name such as NEBCALLBACK_LOG_DATA"
	if known {
		fix = "did you mean " + prefix + near + suffix + "?"
	}
	effect := "the module logs and ignores it"
	if !strings.Contains(written, "N") {
		effect = "the module takes it for callback 0, which never comes"
	}
	l.add(Failure, e.Origin, e.Option, fmt.Sprintf("%q is not a callback", truncated(written)), effect, fix)
}
