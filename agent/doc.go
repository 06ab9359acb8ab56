// Package agent puts a model into an interface and lets it act until it is
// done. A [Session] is one trial's: it shows the world to the model, carries out
// what the model asks for, and records everything as the events of a
// transcript, from which it can also go on after an interruption.
//
// The one interface so far is that of the paper: the whole mail in one message,
// actions as tagged text in one reply. [Prompt] renders it, and actions.go says
// how forgiving the reading of replies is, and where it is strict.
//
// No vendor is known here (package provider), and no harm (package judge).
package agent
