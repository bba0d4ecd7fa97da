"""What the doctor looks at: the machine, the folder of data, the database. Changes nothing."""
