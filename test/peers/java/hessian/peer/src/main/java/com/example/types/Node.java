package com.example.types;

import java.io.Serializable;
import java.util.List;

/** Refers to objects of its own class. */
public class Node implements Serializable {
    private String name;
    private Node next;
    private Node parent;
    private List<Node> children;

    public static Node of(String name) {
        Node node = new Node();
        node.name = name;
        return node;
    }

    public String getName() { return name; }
    public void setName(String name) { this.name = name; }
    public Node getNext() { return next; }
    public void setNext(Node next) { this.next = next; }
    public Node getParent() { return parent; }
    public void setParent(Node parent) { this.parent = parent; }
    public List<Node> getChildren() { return children; }
    public void setChildren(List<Node> children) { this.children = children; }
}
