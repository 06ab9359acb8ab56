// Package yamltree takes apart YAML that was parsed, so that a file with a mistake
// can be read on without it: the YAML library stops at the first one. What mistakes
// mean, and in which words they are told, is for those who read the files.
package yamltree

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Walk calls a function for each node of a tree, from the outside in.
func Walk(root ast.Node, visit func(ast.Node)) { ast.Walk(visitor(visit), root) }

type visitor func(ast.Node)

// Visit implements [ast.Visitor].
func (v visitor) Visit(n ast.Node) ast.Visitor {
	v(n)
	return v
}

// LeaveOut takes the innermost key that a token belongs to out of a tree, and
// returns the path of its value, such as "$.limits.trial". There may be none that
// can be taken out.
func LeaveOut(root ast.Node, at *token.Token) (path string, ok bool) {
	var inner *ast.MappingValueNode
	Walk(root, func(n ast.Node) {
		if entry, is := n.(*ast.MappingValueNode); is && (entry.Key.GetToken() == at || holds(entry.Value, at)) {
			inner = entry // from the outside in, so the last is the innermost
		}
	})
	Walk(root, func(n ast.Node) {
		if mapping, is := n.(*ast.MappingNode); is {
			before := len(mapping.Values)
			mapping.Values = slices.DeleteFunc(mapping.Values, func(entry *ast.MappingValueNode) bool { return entry == inner })
			ok = ok || len(mapping.Values) < before
		}
	})
	if inner != nil {
		path = inner.Value.GetPath()
	}
	return path, ok
}

// holds reports whether a token is in a node.
func holds(n ast.Node, at *token.Token) bool {
	found := false
	Walk(n, func(n ast.Node) { found = found || n.GetToken() == at })
	return found
}
