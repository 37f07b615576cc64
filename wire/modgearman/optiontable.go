package modgearman

import "sync"

// The options are those of common/utils.c in mod_gearman 5.2.4 and configuration_parser.go in mod-gearman-worker-go 1.7.

const (
	uNEB     = UsedByNEB
	uWorker  = UsedByWorker
	uGo      = UsedByGo
	uTools   = UsedByTools
	uGoTools = UsedByGoTools
)

// both returns an option with the same spelling in both dialects.
func both(name string, users Users, typ OptionType, defC, defGo, note string) Option {
	return Option{
		Name: name, CNames: []string{name}, GoNames: []string{name}, Users: users, Type: typ,
		DefaultC: defC, DefaultGo: defGo, Note: note,
	}
}

// onlyC and onlyGo return options of a single dialect.
func onlyC(name string, users Users, typ OptionType, def, note string) Option {
	return Option{Name: name, CNames: []string{name}, Users: users, Type: typ, DefaultC: def, Note: note}
}

func onlyGo(name string, users Users, typ OptionType, def, note string) Option {
	return Option{Name: name, GoNames: []string{name}, Users: users, Type: typ, DefaultGo: def, Note: note}
}

func (o Option) alias(names ...string) Option {
	o.CNames = append(o.CNames, names...)
	return o
}

func (o Option) goAlias(names ...string) Option {
	o.GoNames = append(o.GoNames, names...)
	return o
}

func (o Option) obsolete(why string) Option {
	o.Obsolete = why
	return o
}

// optionTable is made when first asked for: most commands never do.
var optionTable = sync.OnceValue(func() []Option {
	return []Option{
		both("config", usedByAll, TypeInclude, "", "", "a file or directory of *.cfg and *.conf").alias("configfile",
			"include"),
		both("debug", usedByAll, TypeInt, "0", "0", "0 errors, 1 debug, 2 trace and more"),
		both("logmode", usedByBoth, TypeString, "automatic", "automatic",
			"automatic, file, stdout, syslog or core; Go knows neither syslog nor core"),
		both("logfile", usedByAll, TypeString, "", "", ""),
		onlyC("log_stats_interval", uNEB, TypeInt, "60", "seconds, 0 off"),
		both("server", usedByAll, TypeServers, "", "", "the first that answers is used"),
		both("dupserver", uWorker|uTools|uGo, TypeServers, "", "",
			"the NEB module parses and ignores it; Go adds no default port"),
		both("hosts", usedByBoth, TypeBool, "no", "no", "on by default in C when no queue option is set"),
		both("services", usedByBoth, TypeBool, "no", "no", "on by default in C when no queue option is set"),
		both("eventhandler", usedByBoth, TypeBool, "no", "no",
			"on by default in C when no queue option is set").alias("eventhandlers"),
		both("notifications", usedByBoth, TypeBool, "no", "no",
			"on by default only in the C worker, when no queue option is set").alias("notification"),
		both("hostgroups", usedByBoth, TypeList, "", "", "names without the prefix hostgroup_").alias("hostgroup"),
		both("servicegroups", usedByBoth, TypeList, "", "", "names without the prefix servicegroup_").alias("servicegroup"),
		onlyC("localhostgroups", uNEB, TypeList, "", "groups that the core checks itself").alias("localhostgroup"),
		onlyC("localservicegroups", uNEB, TypeList, "", "groups that the core checks itself").alias("localservicegroup"),
		onlyC("queue_custom_variable", uNEB, TypeString, "",
			"the variable's name without underscore; its value is the literal queue, or local"),
		onlyC("do_hostchecks", uNEB, TypeBool, "yes", ""),
		onlyC("route_eventhandler_like_checks", uNEB, TypeBool, "no", "only for group and custom queues"),
		both("encryption", usedByAll, TypeBool, "yes", "yes", "send_gearman in C: on when there is a key; send_multi: no"),
		both("key", usedByAll, TypeSecret, "", "", "the first 32 bytes; keyfile wins in C, key in Go").alias("password"),
		both("keyfile", usedByAll, TypeString, "", "", "C reads the first line, Go the whole file").alias("passwordfile"),
		onlyC("accept_clear_results", uNEB, TypeBool, "no", "accepts unencrypted results that begin with type="),
		onlyC("use_uniq_jobs", uNEB, TypeBool, "yes", ""),
		both("result_queue", uNEB|uTools|uGoTools, TypeString, "check_results", "check_results", ""),
		onlyC("result_workers", uNEB, TypeInt, "1", "0 reads no results"),
		onlyC("perfdata", uNEB, TypeList, "no", "yes for the queue perfdata, or names of queues"),
		onlyC("perfdata_mode", uNEB, TypeInt, "1", "1 overwrite, 2 append"),
		onlyC("perfdata_send_all", uNEB, TypeBool, "no", ""),
		onlyC("host_perfdata_template", uNEB, TypeString, "", "begins with DATATYPE::HOSTPERFDATA by default"),
		onlyC("service_perfdata_template", uNEB, TypeString, "", "begins with DATATYPE::SERVICEPERFDATA by default"),
		onlyC("export", uNEB, TypeString, "", "queue:returncode:CALLBACK[,CALLBACK]"),
		onlyC("orphan_host_checks", uNEB, TypeBool, "yes", ""),
		onlyC("orphan_service_checks", uNEB, TypeBool, "yes", ""),
		onlyC("orphan_return", uNEB, TypeInt, "2", "0 to 3"),
		onlyC("latency_flatten_window", uNEB, TypeInt, "30", "seconds, 0 off"),
		both("internal_check_dummy", uNEB|uGo, TypeBool, "yes", "yes", ""),
		both("gearman_connection_timeout", uNEB|uWorker|uTools, TypeInt, "5000", "", "milliseconds, 0 off; Go ignores it"),
		both("identifier", uWorker|uGo, TypeString, "", "", "the host name by default"),
		both("pidfile", uWorker|uGo, TypeString, "", "", ""),
		onlyC("daemon", uWorker, TypeBool, "no", "in C d also sets the delimiter"),
		both("job_timeout", uWorker|uGo, TypeInt, "60", "60", "seconds, for jobs that name none"),
		both("timeout", uTools|uGoTools, TypeFloat, "10", "10", "seconds").alias("t").goAlias("t"),
		both("min-worker", uWorker|uGo, TypeInt, "1", "1", ""),
		both("max-worker", uWorker|uGo, TypeInt, "20", "20", ""),
		both("idle-timeout", uWorker|uGo, TypeInt, "10", "10", "seconds"),
		both("max-jobs", uWorker, TypeInt, "1000", "", "Go accepts and ignores it"),
		both("max-age", uWorker|uGo, TypeInt, "0", "0", "seconds, 0 off"),
		both("spawn-rate", uWorker|uGo, TypeInt, "1", "3", "workers a second"),
		both("sink-rate", uGo, TypeInt, "", "1", "C ignores it"),
		both("backgrounding-threshold", uGo, TypeInt, "", "30", "seconds, 0 off; C ignores it"),
		both("load_limit1", uWorker|uGo, TypeFloat, "", "", ""),
		both("load_limit5", uWorker|uGo, TypeFloat, "", "", ""),
		both("load_limit15", uWorker|uGo, TypeFloat, "", "", ""),
		both("load_cpu_multi", uGo, TypeFloat, "", "2.5", "C ignores it"),
		both("mem_limit", uGo, TypeInt, "", "70", "percent; C ignores it"),
		onlyGo("num-result-worker", uGo, TypeInt, "", "a tenth of max-worker, 10 to 100, by default"),
		both("show_error_output", uWorker|uGo, TypeBool, "yes", "yes", ""),
		onlyC("debug-result", uWorker, TypeBool, "no", "Go: worker_name_in_result").alias("debug_result"),
		onlyGo("worker_name_in_result", uGo, TypeString, "off", "off, on or pre_perfdata"),
		both("timeout_return", uWorker|uGo, TypeInt, "2", "3", "the state of a check that timed out"),
		both("dup_results_are_passive", uWorker|uGo, TypeBool, "yes", "yes", ""),
		onlyGo("dupserver_backlog_queue_size", uGo, TypeInt, "1000", ""),
		both("restrict_path", uWorker|uGo, TypePaths, "", "",
			"Go checks only how the first word begins").alias("restrictpath"),
		onlyC("restrict_command_characters", uWorker, TypeString, "$&();<>`\"'|", "Go does not know it"),
		both("enable_embedded_perl", uWorker|uGo, TypeBool, "yes", "no", ""),
		both("use_embedded_perl_implicitly", uWorker|uGo, TypeBool, "no", "no", ""),
		both("use_perl_cache", uWorker|uGo, TypeBool, "yes", "yes", ""),
		both("p1_file", uWorker|uGo, TypeString, "", "", ""),
		onlyGo("internal_negate", uGo, TypeBool, "yes", ""),
		onlyGo("internal_check_nsc_web", uGo, TypeBool, "yes", ""),
		onlyGo("internal_check_prometheus", uGo, TypeBool, "yes", ""),
		both("prometheus_server", uGo, TypeString, "", "", "an address; C ignores it"),
		onlyGo("debug-profiler", uGo, TypeString, "", ""),
		onlyGo("cpuprofile", uGo, TypeString, "", ""),
		onlyGo("memprofile", uGo, TypeString, "", ""),
		both("host", uTools|uGoTools, TypeString, "", "", ""),
		both("service", uTools|uGoTools, TypeString, "", "", ""),
		both("message", uTools|uGoTools, TypeString, "", "", "").alias("m").goAlias("m"),
		{
			Name: "returncode", CNames: []string{"returncode", "r"}, GoNames: []string{"return_code", "r"}, Users: uTools | uGoTools,
			Type: TypeInt, DefaultC: "0", DefaultGo: "0", Note: "0 to 3; Go spells it return_code",
		},
		both("delimiter", uTools|uGoTools, TypeString, "\t", "\t", "").alias("d").goAlias("d"),
		both("active", uTools|uGoTools, TypeBool, "no", "no", ""),
		both("starttime", uTools|uGoTools, TypeFloat, "", "", ""),
		both("finishtime", uTools|uGoTools, TypeFloat, "", "", ""),
		both("latency", uTools|uGoTools, TypeFloat, "", "", "Go parses and never sends it"),
		onlyGo("retries", uGoTools, TypeInt, "0", ""),
		onlyGo("retry-interval", uGoTools, TypeFloat, "1.0", "seconds"),
		both("fork_on_exec", uWorker, TypeBool, "no", "", "").obsolete("no effect in the Go worker; checks run without it"),
		both("workaround_rc_25", uWorker, TypeBool, "no", "",
			"").obsolete("a workaround for old kernels, without effect in the Go worker"),
	}
})

// optionIndex finds the row of each spelling.
var optionIndex = sync.OnceValue(func() map[string]int {
	index := map[string]int{}
	for i, o := range optionTable() {
		for _, name := range o.Names() {
			index[name] = i
		}
	}
	return index
})
