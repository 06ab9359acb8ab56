// Package studies holds designs to run as they are. Each is a file that can be
// copied and changed; package study reads it. The folder lynch2025 has the
// experiments of arXiv:2510.05179, and its folder today the same designs for
// later models.
package studies

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.yaml lynch2025
var files embed.FS

// Quickstart is the name of the study that runs when none is named.
const Quickstart = "quickstart"

// Names returns the names of the embedded studies, such as "quickstart" and
// "lynch2025/fig07", in alphabetical order.
func Names() []string {
	var names []string
	_ = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimSuffix(path, ".yaml"))
		}
		return err
	}) // embedded files can always be read
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
