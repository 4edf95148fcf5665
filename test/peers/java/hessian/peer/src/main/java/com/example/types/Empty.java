package com.example.types;

import java.io.Serializable;

public class Empty implements Serializable {}
