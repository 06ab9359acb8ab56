package scenario

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// yamlFile is a YAML file of a scenario folder, with what is needed to say
// where something stands in it.
type yamlFile struct {
	name string
	root ast.Node // nil: it could not be read
}

// readYAML decodes a file into v, and reports every key that the format does not
// have and the first value of a wrong type. A key that is another one misspelt is
// read as that one, so that nothing else is wrong for its sake.
func readYAML(name string, text []byte, v any, report func(Problem)) yamlFile {
	tree, err := parser.ParseBytes(text, 0)
	if err != nil || len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		report(yamlProblem(name, err))
		return yamlFile{name: name}
	}
	f := yamlFile{name: name, root: tree.Docs[0].Body}
	f.unknownKeys(f.root, reflect.TypeOf(v).Elem(), report)
	if err := yaml.NodeToValue(f.root, v); err != nil {
		report(yamlProblem(name, err))
		return yamlFile{name: name}
	}
	return f
}

func yamlProblem(file string, err error) Problem {
	p := Problem{File: file, Line: 1, Message: "the file is empty"}
	if e, ok := errors.AsType[yaml.Error](err); ok && e.GetToken() != nil {
		p.Line, p.Column = e.GetToken().Position.Line, e.GetToken().Position.Column
		p.Message = e.GetMessage()
	} else if err != nil {
		p.Message = err.Error()
	}
	return p
}

// unknownKeys reports the keys below node that the type has no field for. The
// strict mode of the YAML library stops at the first.
func (f yamlFile) unknownKeys(node ast.Node, t reflect.Type, report func(Problem)) {
	node = resolve(node)
	switch t.Kind() {
	case reflect.Pointer:
		f.unknownKeys(node, t.Elem(), report)
	case reflect.Slice:
		if sequence, ok := node.(*ast.SequenceNode); ok {
			for _, value := range sequence.Values {
				f.unknownKeys(value, t.Elem(), report)
			}
		}
	case reflect.Map:
		for _, entry := range entries(node) {
			f.unknownKeys(entry.Value, t.Elem(), report)
		}
	case reflect.Struct:
		fields := map[string]reflect.Type{}
		for field := range t.Fields() {
			fields[field.Tag.Get("yaml")] = field.Type
		}
		known := slices.Sorted(maps.Keys(fields))
		for _, entry := range entries(node) {
			if _, ok := fields[keyOf(entry)]; !ok {
				report(f.unknownKey(entry, known))
				mend(entry, node, known)
			}
			if field, ok := fields[keyOf(entry)]; ok {
				f.unknownKeys(entry.Value, field, report)
			}
		}
	default: // a scalar has no keys
	}
}

// unknownKey says which key may have been meant, and which there are.
func (f yamlFile) unknownKey(entry *ast.MappingValueNode, known []string) Problem {
	at, hint := entry.Key.GetToken().Position, "; there are: "
	if meant := meantBy(keyOf(entry), known); meant != "" {
		hint = fmt.Sprintf(": did you mean %q? There are: ", meant)
	}
	return Problem{f.name, at.Line, at.Column, fmt.Sprintf("unknown key %q", keyOf(entry)) + hint + strings.Join(known, ", ")}
}

// mend gives an entry the key that was meant, if its mapping has it not.
func mend(entry *ast.MappingValueNode, mapping ast.Node, known []string) {
	meant := meantBy(keyOf(entry), known)
	if text, ok := entry.Key.(*ast.StringNode); ok && meant != "" && child(mapping, meant) == nil {
		text.Value, text.Token.Value = meant, meant
	}
}

// resolve returns what an anchor is attached to.
func resolve(node ast.Node) ast.Node {
	if anchor, ok := node.(*ast.AnchorNode); ok {
		return anchor.Value
	}
	return node
}

// isSequence reports whether a node is a list, or an anchor of one.
func isSequence(node ast.Node) bool {
	_, ok := resolve(node).(*ast.SequenceNode)
	return ok
}

// entries returns a mapping's entries in their order, or nothing for any other
// node.
func entries(node ast.Node) []*ast.MappingValueNode {
	switch n := resolve(node).(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func keyOf(entry *ast.MappingValueNode) string {
	return entry.Key.GetToken().Value
}

// keys returns the keys of the mapping at a path, in the order of the file.
func (f yamlFile) keys(path ...any) []string {
	var keys []string
	node, _ := f.find(path)
	for _, entry := range entries(node) {
		keys = append(keys, keyOf(entry))
	}
	return keys
}

// problem makes a problem at a path of keys and indices, or at the innermost
// part of it that exists.
func (f yamlFile) problem(message string, path ...any) Problem {
	p := Problem{File: f.name, Line: 1, Column: 1, Message: message}
	if _, at := f.find(path); at != nil {
		begin := at.GetToken()
		if mapping := entries(at); len(mapping) > 0 {
			begin = mapping[0].Key.GetToken() // a mapping's own token is its first colon
		}
		p.Line, p.Column = begin.Position.Line, begin.Position.Column
	}
	return p
}

// find returns the node at a path, nil if there is none, and the innermost node
// on the way to it.
func (f yamlFile) find(path []any) (node, innermost ast.Node) {
	node = f.root
	for _, step := range path {
		if node == nil {
			break
		}
		innermost = node
		node = child(node, step)
	}
	if node != nil {
		innermost = node
	}
	return node, innermost
}

func child(node ast.Node, step any) ast.Node {
	switch step := step.(type) {
	case string:
		for _, entry := range entries(node) {
			if keyOf(entry) == step {
				return entry.Value
			}
		}
	case int:
		if sequence, ok := resolve(node).(*ast.SequenceNode); ok && step < len(sequence.Values) {
			return sequence.Values[step]
		}
	}
	return nil
}
