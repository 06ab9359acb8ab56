// Package agent puts a model into an interface and lets it act until it is
// done. A [Session] is one trial's: it shows the world to the model, carries out
// what the model asks for, and records everything as the events of a
// transcript, from which it can also go on after an interruption.
//
// There are two interfaces. That of the paper sends the whole mail in one message,
// and reads actions as tagged text from one reply: [Prompt] renders it, and
// actions.go says how forgiving the reading of replies is, and where it is strict.
// The other one has tools: [Briefing] is what it begins with, tools.go the course of
// a session over many turns, and package toolbox what the tools are.
//
// No vendor is known here (package provider), and no harm (package judge).
package agent
