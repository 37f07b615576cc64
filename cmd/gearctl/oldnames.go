package main

import "path/filepath"

// oldNames are the tools as which gearctl answers when it is called by their names; the second of each kind is that of
// nagios-mod-gearman.
var oldNames = map[string]string{
	"gearadmin":            "gearadmin",
	"gearman":              "gearman",
	"gearman_top":          "gearman_top",
	"nagios-gearman-top":   "gearman_top",
	"check_gearman":        "check_gearman",
	"nagios-check-gearman": "check_gearman",
	"send_gearman":         "send_gearman",
	"nagios-send-gearman":  "send_gearman",
	"send_multi":           "send_multi",
	"nagios-send-multi":    "send_multi",
}

// commandLine returns what gearctl is to run: its arguments, or the tool by whose name it was called.
func commandLine(args []string) []string {
	if tool, ok := oldNames[filepath.Base(args[0])]; ok {
		return append([]string{"compat", tool}, args[1:]...)
	}
	return args[1:]
}
