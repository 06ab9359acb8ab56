// Package library embeds the scenarios that come with Turncoat, one folder
// each. They are what a researcher reads and edits; package scenario makes
// worlds of them.
package library

import (
	"embed"
	"io/fs"
)

// Files holds a folder for each scenario.
//
//go:embed *
var Files embed.FS

// Folder returns the folder of a scenario.
func Folder(name string) (fs.FS, error) { return fs.Sub(Files, name) }
