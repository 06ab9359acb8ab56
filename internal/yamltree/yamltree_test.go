package yamltree_test

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"turncoat/internal/yamltree"
)

func Example() {
	file, err := parser.ParseBytes([]byte("trials: 3\nlimits:\n  trial:\n    turns: many\n    tokens: 5\n"), 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	root := file.Docs[0].Body
	var mistake ast.Node
	yamltree.Walk(root, func(n ast.Node) {
		if n.GetToken().Value == "many" {
			mistake = n
		}
	})
	path, ok := yamltree.LeaveOut(root, mistake.GetToken())
	fmt.Println(path, ok)
	fmt.Println(strings.TrimSpace(root.String()))
	// Output:
	// $.limits.trial.turns true
	// trials: 3
	// limits:
	//   trial:
	//     tokens: 5
}
