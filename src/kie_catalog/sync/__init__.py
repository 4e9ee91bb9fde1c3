"""Pure: which row prices which model, what changed, and the plan that follows."""
