// Package library embeds the scenarios that come with Turncoat, one folder
// each. They are what a researcher reads and edits; package scenario makes
// worlds of them.
package library

import "embed"

// Files holds a folder for each scenario.
//
//go:embed *
var Files embed.FS
