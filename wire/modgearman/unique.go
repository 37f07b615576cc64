package modgearman

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"strings"
)

// NamedUnique is the unique key of a check, as some versions of the module make it.
type NamedUnique struct {
	Name     string // md5, base64 or plain
	Versions string // of mod_gearman
	Key      string
}

// uniqueInput is how many bytes of host and service the module uses (make_uniq in common/utils.c).
const uniqueInput = 1023

// plainLimit is the longest unique key of versions up to 3.3.1 in bytes; longer ones were hashed.
const plainLimit = 63

// Unique returns the unique key of a check since version 3.3.3: the MD5 of HOST or HOST-SERVICE, in upper-case hex. service
// is empty for a host check.
func Unique(host, service string) string { return md5Upper(joinUnique(host, service)) }

// UniqueKeys returns the unique keys of a check in all versions, newest first. service is empty for a host check.
func UniqueKeys(host, service string) []NamedUnique {
	name := joinUnique(host, service)
	plain := name
	if len(plain) > plainLimit {
		plain = md5Upper(name)
	}
	return []NamedUnique{
		{"md5", "3.3.3 and later", md5Upper(name)},
		{"base64", "3.3.2", base64.StdEncoding.EncodeToString([]byte(plain))},
		{"plain", "up to 3.3.1", plain},
	}
}

func joinUnique(host, service string) string {
	if service == "" {
		return host
	}
	return host + "-" + service
}

func md5Upper(name string) string {
	sum := md5.Sum([]byte(name[:min(len(name), uniqueInput)]))
	return strings.ToUpper(fmt.Sprintf("%x", sum))
}
