package webguard

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v2"
	"golang.org/x/crypto/bcrypt"

	"gearctl/wire/disk"
)

const (
	mutualTLS = "RequireAndVerifyClientCert"
	maxFile   = 4 << 20 // a bundle of all authorities
)

// config is a web configuration with the text of the files that it names in place of their paths.
type config struct {
	web.Config
	withoutTLS []byte // for the toolkit
}

// clients describes which clients TLS lets in.
func (c *config) clients() string {
	return fmt.Sprintf("%q %q %q", c.TLSConfig.ClientAuth, c.TLSConfig.ClientCAsText, c.TLSConfig.ClientAllowedSans)
}

func readConfig(path string) (*config, error) {
	text, err := disk.ReadRegular(path, maxFile)
	if err != nil {
		return nil, err
	}
	c := new(config)
	t := &c.TLSConfig
	t.MinVersion, t.MaxVersion, c.HTTPConfig.HTTP2 = tls.VersionTLS12, tls.VersionTLS13, true // as the toolkit does
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.SetStrict(true)
	if err := d.Decode(&c.Config); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	more := !errors.Is(d.Decode(new(any)), io.EOF)
	var raw struct {
		TLS   map[string]any        `yaml:"tls_server_config,omitempty"`
		HTTP  web.HTTPConfig        `yaml:"http_server_config"`
		Limit web.RateLimiterConfig `yaml:"rate_limit"`
		Users map[string]string     `yaml:"basic_auth_users"` // web.Config does not write its secrets
	}
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	t.SetDirectory(filepath.Dir(path))
	for _, f := range [][2]*string{{&t.TLSCertPath, &t.TLSCert}, {&t.TLSKeyPath, (*string)(&t.TLSKey)}, {&t.ClientCAs, &t.ClientCAsText}} {
		if *f[0] == "" {
			continue
		}
		b, err := disk.ReadRegular(*f[0], maxFile)
		if err = cmp.Or(err, refuse(len(b) == 0, "is empty")); err != nil {
			return nil, fmt.Errorf("tls_server_config: %s: %w", *f[0], err)
		}
		*f[0], *f[1] = "", string(b)
	}
	for _, name := range slices.Sorted(maps.Keys(raw.Users)) {
		if _, err := bcrypt.Cost([]byte(raw.Users[name])); err != nil {
			return nil, fmt.Errorf("basic_auth_users: %s: is not the bcrypt hash of a password (htpasswd -nBC 10 NAME makes one)", name)
		}
	}
	given := raw.TLS
	raw.TLS = nil
	c.withoutTLS, err = yaml.Marshal(raw)
	return c, cmp.Or(err, refuse(more, "holds more than one YAML document"), c.check(given))
}

// check refuses what the toolkit serves although it protects less than it seems to, or lets nobody in.
func (c *config) check(given map[string]any) error {
	t, limit := &c.TLSConfig, c.RateLimiterConfig
	_, sans := given["client_allowed_sans"]
	ca, mutual := t.ClientCAsText != "", t.ClientAuth == mutualTLS
	return cmp.Or(
		refuse(len(given) > 0 && !t.IsEnabled(), "tls_server_config: has no cert_file, so nothing would be encrypted"),
		refuse(sans && !mutual, "client_allowed_sans: protects nothing unless client_auth_type is "+mutualTLS),
		refuse(sans && (len(t.ClientAllowedSans) == 0 || slices.Contains(t.ClientAllowedSans, "")), "client_allowed_sans: lacks a name"),
		refuse(mutual && !ca, "client_auth_type: "+mutualTLS+" needs client_ca_file or client_ca"),
		refuse(ca && !mutual && t.ClientAuth != "VerifyClientCertIfGiven", "client_ca: protects nothing unless client_auth_type is "+mutualTLS),
		refuse(ca && !x509.NewCertPool().AppendCertsFromPEM([]byte(t.ClientCAsText)), "client_ca: holds no certificate in PEM format"),
		refuse(t.MaxVersion != 0 && t.MinVersion > t.MaxVersion, "min_version: is over max_version"),
		refuse(limit.Interval != 0 && limit.Interval < time.Microsecond, "rate_limit: interval: is negative or lacks its unit, as in 1s"),
		refuse(limit.Interval != 0 && limit.Burst < 1, "rate_limit: burst: has to be 1 or more, or no request would pass"),
	)
}

// checkNotWeaker refuses what protects less than before, as a file does that is just being written.
func (c *config) checkNotWeaker(before *config) error {
	now, old := &c.TLSConfig, &before.TLSConfig
	const restart = ": is not what it was (restart to serve it like that)"
	return cmp.Or(
		refuse(now.IsEnabled() != old.IsEnabled(), "tls_server_config"+restart),
		refuse(len(c.Users) == 0 && len(before.Users) > 0, "basic_auth_users"+restart),
		refuse(now.MinVersion < old.MinVersion, "min_version"+restart),
		refuse(old.ClientAuth == mutualTLS && now.ClientAuth != mutualTLS, "client_auth_type"+restart),
		refuse(strings.HasPrefix(old.ClientAuth, "Require") && !strings.HasPrefix(now.ClientAuth, "Require"), "client_auth_type"+restart),
		refuse(old.ClientAllowedSans != nil && now.ClientAllowedSans == nil, "client_allowed_sans"+restart),
	)
}

func refuse(yes bool, why string) error {
	if yes {
		return errors.New(why)
	}
	return nil
}

// oneLine names the file, and leaves out values that may be secrets.
func oneLine(path string, err error) error {
	if err == nil {
		return nil
	}
	secret := regexp.MustCompile("`[^`]*`|\\S*\\$\\S*|anchor '[^']*'")
	goType := regexp.MustCompile(` (in type|into) \S*\.\S*`)
	text := path + ": " + goType.ReplaceAllLiteralString(secret.ReplaceAllLiteralString(err.Error(), "(not shown)"), "")
	text = strings.Join(strings.Fields(text), " ")
	return errors.New(text[:min(len(text), 500)]) // the YAML reader tells of every line
}
