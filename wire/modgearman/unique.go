package modgearman

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"gearctl/wire"
)

// NamedUnique is the unique key of a check, as some versions of the module make it.
type NamedUnique struct {
	Name     string // md5, hmac, base64 or plain
	Versions string // of mod_gearman
	Key      string
}

// uniqueInput is how many bytes of host and service the module uses (make_uniq in common/utils.c).
const uniqueInput = 1023

// plainLimit is the longest unique key of versions up to 3.3.1 in bytes; longer ones were hashed.
const plainLimit = 63

// Unique returns the unique key of a check of today's versions: the MD5 of HOST or HOST-SERVICE, in upper-case hex. service
// is empty for a host check.
func Unique(host, service string) string { return md5Upper(joinUnique(host, service)) }

// UniqueHMAC returns the unique key of a check in versions 5.0.0 to 5.2.1 and in nagios-mod-gearman: the HMAC-SHA256 of HOST or
// HOST-SERVICE under the key of the encryption, in upper-case hex, of whose 64 digits libgearman and the server keep 63. The zero
// Key is that of a module without encryption.
func UniqueHMAC(host, service string, key Key) string {
	var password [KeySize]byte
	if !key.IsZero() {
		password = key.reveal().bytes
	}
	mac := hmac.New(sha256.New, password[:])
	mac.Write([]byte(cutUnique(joinUnique(host, service))))
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))[:wire.MaxUnique]
}

// UniqueKeys returns the unique keys of a check in all versions, newest first. service is empty for a host check; key is that of
// the encryption, which UniqueHMAC explains.
func UniqueKeys(host, service string, key Key) []NamedUnique {
	name := joinUnique(host, service)
	plain := name
	if len(plain) > plainLimit {
		plain = md5Upper(name)
	}
	keyed := "without encryption"
	if !key.IsZero() {
		keyed = "with " + key.String()
	}
	return []NamedUnique{
		{"md5", "5.2.2 and later, 3.3.3 to 4.x", md5Upper(name)},
		{"hmac", "5.0.0 to 5.2.1, nagios-mod-gearman; " + keyed, UniqueHMAC(host, service, key)},
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

// cutUnique cuts a name as the module does.
func cutUnique(name string) string { return name[:min(len(name), uniqueInput)] }

func md5Upper(name string) string {
	sum := md5.Sum([]byte(cutUnique(name)))
	return strings.ToUpper(fmt.Sprintf("%x", sum))
}
