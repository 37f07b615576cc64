package exporter

import (
	"maps"
	"slices"
	"strings"

	"gearctl/output"
)

// labelPrefix begins a label of a context whose name is taken.
const labelPrefix = "label_"

// takenLabels returns the labels that our metrics have, and those that Prometheus adds to every target.
func takenLabels() []string {
	return []string{output.LabelServer, output.LabelFunction, labelWorker, "name", "version", "priority", "operation", "job", "instance"}
}

// metricLabel returns the name that a label of a context has in metrics: the same, unless it is taken. Two labels never get the
// same name.
func metricLabel(name string) string {
	bare := name
	for strings.HasPrefix(bare, labelPrefix) {
		bare = strings.TrimPrefix(bare, labelPrefix)
	}
	if slices.Contains(takenLabels(), bare) {
		return labelPrefix + name
	}
	return name
}

// metricLabels returns the labels of a context as metrics have them: name, value, name, value …, sorted by name.
func metricLabels(labels map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, metricLabel(name), labels[name])
	}
	return list
}
