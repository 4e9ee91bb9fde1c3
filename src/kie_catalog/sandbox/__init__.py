"""Edge: a stand-in for KIE on this machine, which serves a recording as KIE would, each fault on a switch."""
