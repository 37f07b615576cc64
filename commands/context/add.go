package context

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"gearctl/commands/internal/cmderr"
)

// addContexts adds the contexts of rows to the text of a file, and keeps its comments. Nothing to add leaves it as it is.
func addContexts(text []byte, rows []importRow) ([]byte, error) {
	root := new(yaml.Node)
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(root); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	all, err := contextsOf(root)
	if err != nil {
		return nil, err
	}
	added := 0
	for _, r := range rows {
		if r.Done == doneAdded {
			all.Content = append(all.Content, scalar(r.Context), r.node())
			added++
		}
	}
	if added == 0 {
		return text, nil
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// contextsOf returns the mapping of contexts in a document, which it completes.
func contextsOf(root *yaml.Node) (*yaml.Node, error) {
	if root.Kind == 0 {
		*root = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	}
	top := root.Content[0]
	if top.Kind != yaml.MappingNode { // a file of comments
		*top = yaml.Node{Kind: yaml.MappingNode, HeadComment: top.HeadComment, FootComment: top.FootComment}
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		all := top.Content[i+1]
		switch {
		case top.Content[i].Value != "contexts":
		case all.Kind == yaml.MappingNode:
			all.Style &^= yaml.FlowStyle
			return all, nil
		case all.Tag == "!!null":
			*all = yaml.Node{Kind: yaml.MappingNode, HeadComment: all.HeadComment, FootComment: all.FootComment}
			return all, nil
		default:
			return nil, cmderr.Errorf("line %d: contexts is no mapping", all.Line)
		}
	}
	all := &yaml.Node{Kind: yaml.MappingNode}
	top.Content = append(top.Content, scalar("contexts"), all)
	return all, nil
}

func (r importRow) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar("config"), scalar(r.Config)}}
	if len(r.Labels) > 0 {
		labels := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
			labels.Content = append(labels.Content, scalar(name), scalar(r.Labels[name]))
		}
		n.Content = append(n.Content, scalar("labels"), labels)
	}
	return n
}

func scalar(text string) *yaml.Node {
	n := new(yaml.Node)
	n.SetString(text)
	return n
}
