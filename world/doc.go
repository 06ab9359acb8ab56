// Package world is the organisation while a trial lives in it: its mailboxes,
// its clock, what answers and arrives in it by itself, and the actions that an
// agent can take there. Package toolbox below it makes tools of them.
//
// An action checks what it is asked for, changes the state, and returns the
// change as a [turncoat.Effect]. A state can be rebuilt at any event by applying
// the effects before it, so a transcript says all there is to know. Mail that
// is sent here is delivered here: nothing leaves the machine.
//
// Nothing in this package knows of models, or of how an agent asks for an
// action; that is the business of package agent.
package world
