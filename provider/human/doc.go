// Package human puts a person into the place of a model, at a terminal: what the
// agent is told is printed, and the person's commands are its tool calls. So a
// person meets the same worlds with the same tools as a model does, and what they
// do is recorded and judged in the same way.
//
// A [Person] is a [turncoat.Model] whose every reply is one command. What the
// commands are stands in commands.go; what the tools do is the business of
// package toolbox.
package human
