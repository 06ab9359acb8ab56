// Package studies holds designs to run as they are. Each is a file that can be
// copied and changed; package study reads it.
package studies

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Quickstart is the name of the study that runs when none is named.
const Quickstart = "quickstart"

// Names returns the names of the embedded studies.
func Names() []string {
	var names []string
	entries, _ := fs.ReadDir(files, ".") // an embedded root can always be read
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Open returns the text of an embedded study.
func Open(name string) ([]byte, error) {
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no study named %q; there are: %s", name, strings.Join(Names(), ", "))
	}
	return text, nil
}
