// Package mcp serves a desk's tools by the Model Context Protocol, so that any
// agent which speaks it can act in a world: over HTTP, and over the standard
// streams of a process that passes everything on to the HTTP server ([Relay]).
//
// The protocol is the official Go SDK's business; what the tools are is that of
// package toolbox. A server does not say what it belongs to: to an agent it is
// the mail system of its organisation.
package mcp
