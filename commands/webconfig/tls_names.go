package webconfig

import (
	"crypto/tls"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// setName reads a name into place by what is called to know it. Nothing leaves it as it is.
func setName[T any](place *T, n *yaml.Node, what string, known func(name string) (T, bool)) error {
	name, err := text(n)
	if err != nil || isNull(target(n)) {
		return err
	}
	v, ok := known(name)
	if !ok {
		return fmt.Errorf("unknown %s %s", what, quoted(name))
	}
	*place = v
	return nil
}

func authType(name string) (tls.ClientAuthType, bool) {
	switch name {
	case "", "NoClientCert":
		return tls.NoClientCert, true
	case "RequestClientCert":
		return tls.RequestClientCert, true
	case "RequireAnyClientCert", "RequireClientCert": // the second one is an old name
		return tls.RequireAnyClientCert, true
	case "VerifyClientCertIfGiven":
		return tls.VerifyClientCertIfGiven, true
	case "RequireAndVerifyClientCert":
		return tls.RequireAndVerifyClientCert, true
	}
	return 0, false
}

func version(name string) (uint16, bool) {
	switch name {
	case "TLS10":
		return tls.VersionTLS10, true
	case "TLS11":
		return tls.VersionTLS11, true
	case "TLS12":
		return tls.VersionTLS12, true
	case "TLS13":
		return tls.VersionTLS13, true
	}
	return 0, false
}

// cipher knows the ciphers that Go holds for secure.
func cipher(name string) (uint16, bool) {
	for _, suite := range tls.CipherSuites() {
		if suite.Name == name {
			return suite.ID, true
		}
	}
	return 0, false
}

func curve(name string) (tls.CurveID, bool) {
	switch name {
	case "CurveP256":
		return tls.CurveP256, true
	case "CurveP384":
		return tls.CurveP384, true
	case "CurveP521":
		return tls.CurveP521, true
	case "X25519":
		return tls.X25519, true
	case "X25519MLKEM768":
		return tls.X25519MLKEM768, true
	}
	return 0, false
}
