package jobs

import (
	"errors"
	"fmt"
	"strings"

	"gearctl/wire/modgearman"
)

// KeyNames lists keys by their fingerprints.
func KeyNames(keys []modgearman.Key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.String()
	}
	return strings.Join(names, ", ")
}

// Known returns a pointer to v, nil for the zero value.
func Known[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// IsLocked reports whether a job could not be decoded because its key was not given.
func IsLocked(err error) bool {
	var e *modgearman.DecodeError
	return errors.As(err, &e) && (e.Reason == modgearman.ReasonNoKey || e.Reason == modgearman.ReasonWrongKey)
}

// DecodeReason returns in a word why a job could not be decoded.
func DecodeReason(err error) string {
	var e *modgearman.DecodeError
	if errors.As(err, &e) {
		return e.Reason.String()
	}
	return "unreadable"
}

// maxShortText is the length up to which data in the alphabet of base64 count as text: longer ones are packets that were cut.
const maxShortText = 64

// Preview describes on one line a workload that is not, or not only, a packet of Mod-Gearman; empty: there is nothing to show.
func Preview(data []byte, keys []modgearman.Key) string {
	p, err := modgearman.Decode(data, keys...)
	var e *modgearman.DecodeError
	switch {
	case err == nil && (p.Kind == modgearman.KindUnknown || p.Kind == modgearman.KindExport):
		return modgearman.Preview(p.Text)
	case errors.As(err, &e) && (e.Reason == modgearman.ReasonNotBase64 || e.Reason == modgearman.ReasonLength && len(data) <= maxShortText):
		return modgearman.Preview(data)
	}
	return ""
}

// PacketProblem shortens an error of a field of a Mod-Gearman packet to the field and its problem.
func PacketProblem(err error) error {
	var field *modgearman.FieldError
	if errors.As(err, &field) {
		return fmt.Errorf("%s %s", field.Field, field.Problem)
	}
	return err
}
