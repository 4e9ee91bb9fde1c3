"""Pure: views of a plan and the forms they are rendered in."""
